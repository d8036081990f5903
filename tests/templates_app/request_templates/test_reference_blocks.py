import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import tenant
from templates_app.models import RequestTemplate
from tests.extent import whole_forms
from tests.templates_app.browsing import buttons, controls, errors, form, kept, parsed, press, words
from tests.templates_app.factories import make_template


@pytest.fixture
def page(acme: Organization, browser: Client) -> object:
    """The form of a new template with three reference blocks, after the second and third changed places."""
    path = reverse("templates:new", args=[acme.slug])
    empty = kept("new", lambda: browser.get(path))
    typed = {
        f"references-{place}-{name}": value
        for place, block in enumerate((MANAGER, MENTOR, COWORKER))
        for name, value in zip(("relationship", "count", "note"), block, strict=True)
    }
    sent = {**controls(empty), **typed, "references-TOTAL_FORMS": "3", "act": "down-1"}
    return kept("three blocks", lambda: browser.post(path, sent))


def blocks(page: object) -> list[tuple[str, str, str]]:
    shown = controls(page)
    total = sum(name.endswith("-count") for name in shown)
    return [
        (shown[f"references-{n}-relationship"], shown[f"references-{n}-count"], shown[f"references-{n}-note"])
        for n in range(total)
    ]


MANAGER, COWORKER, MENTOR = ("manager", "1", "manager"), ("coworker", "2", "coworker"), ("mentor", "3", "mentor")


def focused(page: object) -> list[str]:
    return [
        words(one) or one.get("name", "")
        for tag in ("button", "select", "input", "div")
        for one in parsed(page).iter(tag)
        if one.get("autofocus") is not None
    ]


def test_blocks_are_added_and_moved_without_scripts(acme: Organization, browser: Client) -> None:
    page = browser.get(reverse("templates:new", args=[acme.slug]))
    for kind, count in [("manager", "1"), ("coworker", "2"), ("mentor", "3")]:
        last = f"references-{len(blocks(page)) - 1}"
        page = press(
            browser,
            page,
            "Add another reference" if kind != "mentor" else "Move up reference 3",
            **{f"{last}-relationship": kind, f"{last}-count": count, f"{last}-note": kind},
        )
    page = press(browser, page, "Move down reference 2")
    assert blocks(page) == [MANAGER, COWORKER, MENTOR]
    legends = [words(legend) for legend in parsed(page).iter("legend")]
    assert [legend for legend in legends if legend.startswith("Reference ")] == [
        "Reference 1",
        "Reference 2",
        "Reference 3",
    ]


@pytest.mark.parametrize(
    ("button", "left", "focus"),
    [
        ("Move up reference 2", [COWORKER, MANAGER, MENTOR], "Move down reference 1"),
        ("Move up reference 3", [MANAGER, MENTOR, COWORKER], "Move up reference 2"),
        ("Move down reference 1", [COWORKER, MANAGER, MENTOR], "Move down reference 2"),
        ("Move down reference 2", [MANAGER, MENTOR, COWORKER], "Move up reference 3"),
        ("Remove reference 1", [COWORKER, MENTOR], None),
        ("Remove reference 3", [MANAGER, COWORKER], None),
        ("Add another reference", [MANAGER, COWORKER, MENTOR, ("any", "1", "")], None),
    ],
)
def test_each_button_makes_one_change_and_keeps_the_focus_nearby(
    browser: Client, page: object, button: str, left: list[tuple[str, str, str]], focus: str | None
) -> None:
    answer = press(browser, page, button)
    assert blocks(answer) == left
    assert len(focused(answer)) == 1
    if focus:
        assert focused(answer) == [focus]


def test_blocks_cannot_move_past_the_ends(page: object) -> None:
    offered = buttons(page)
    assert "Move up reference 1" not in offered
    assert "Move down reference 3" not in offered


def test_rearranging_keeps_all_input_and_shows_no_errors(browser: Client, page: object) -> None:
    typed = {
        "name": "",
        "ats_tag": " Eng ",
        "description": "Two\r\nlines",
        "due_days": "soon",
        "self_reference": "",
        "job_hiring_managers": "on",
        "hiring_manager_email": "lee@",
        "references-1-count": "many",
    }
    answer = press(browser, page, "Remove reference 1", **typed)
    shown = controls(answer)
    assert errors(answer) == []
    assert blocks(answer) == [("coworker", "many", "coworker"), MENTOR]
    assert (shown["ats_tag"], shown["due_days"], shown["hiring_manager_email"]) == (" Eng ", "soon", "lee@")
    assert shown["description"].split() == ["Two", "lines"]
    assert "self_reference" not in shown
    assert shown["job_hiring_managers"] == "on"


def test_the_last_block_cannot_be_removed(acme: Organization, browser: Client) -> None:
    page = browser.get(reverse("templates:new", args=[acme.slug]))
    assert not any(button.startswith(("Remove", "Move")) for button in buttons(page))
    answer = browser.post(reverse("templates:new", args=[acme.slug]), {**controls(page), "act": "remove-0"})
    assert len(blocks(answer)) == 1


def test_the_enter_key_saves_and_does_not_remove_a_block(page: object) -> None:
    first = next(form(page).iter("button"))
    assert (first.get("name"), first.get("type", "submit")) == (None, "submit")


def test_there_are_at_most_ten_blocks(browser: Client, page: object) -> None:
    for _ in range(7):
        page = press(browser, page, "Add another reference")
    assert len(blocks(page)) == 10
    assert "Add another reference" not in buttons(page)
    assert "at most 10 blocks" in words(parsed(page))
    url = form(page).get("action") or ""
    assert len(blocks(browser.post(url, {**controls(page), "act": "add"}))) == 10


def test_all_blocks_are_saved_in_order(acme: Organization, browser: Client, page: object) -> None:
    answer = press(browser, page, "Create Template", name="Leadership", ats_tag="lead")
    assert answer.status_code == 302
    with tenant(acme):
        version = RequestTemplate.objects.get().current
    assert [(rule.relationship, str(rule.count), rule.note) for rule in version.reference_rules] == [
        MANAGER,
        COWORKER,
        MENTOR,
    ]
    assert version.references_requested == 6


def test_more_than_ten_references_are_refused(browser: Client, page: object) -> None:
    answer = press(browser, page, "Create Template", name="Many", ats_tag="many", **{"references-0-count": "6"})
    assert errors(answer) == ["Ask for at most 10 references. These blocks ask for 11."]


def test_a_forged_number_of_blocks_is_an_error_and_not_a_crash(browser: Client, page: object) -> None:
    url, shown = form(page).get("action") or "", {**controls(page), "name": "Forged", "ats_tag": "forged"}
    for number in ("0", "", "-3", "99999999999999999999", "٣٣", "1000000"):
        answer = browser.post(url, {**shown, "references-TOTAL_FORMS": number})
        assert answer.status_code == 200
        few, many = "Ask for at least one reference.", "Use at most 10 blocks of references."
        assert (many if number == "1000000" else few) in errors(answer), number


FIELDS = st.sampled_from(
    ["name", "ats_tag", "description", "position", "survey", "due_days", "self_reference", "hiring_manager_name"]
    + ["hiring_manager_email", "job_hiring_managers", "notify_hiring_managers", "act", "based_on", "confirmed"]
    + ["finish", "finish_answers", "finish_relationship", "finish_days", "text_messages_enabled"]
    + [f"messages-candidate_invitation-en-{part}" for part in ("own", "subject", "text", "sms")]
    + ["preview-shown", "preview-sample", "preview-channel"]
    + ["references-TOTAL_FORMS", "references-INITIAL_FORMS", "references-MAX_NUM_FORMS"]
    + [f"references-{n}-{part}" for n in (0, 1, 10) for part in ("relationship", "count", "note", "required")]
)
VALUES = st.text(max_size=200) | st.sampled_from(
    [
        "1",
        "3",
        "11",
        "any",
        "manager",
        "core",
        "on",
        "add",
        "remove-0",
        "remove-9",
        "up-1",
        "down-0",
        "up--1",
        "down-x",
        "early",
        "True",
        "{{nobody}}",
        "{{link}}",
        "{{",
        "insert:candidate_invitation:en:text:link",
        "insert:::",
        "own:candidate_invitation:en",
        "text",
    ]
)


@whole_forms(60)
@given(data=st.dictionaries(FIELDS, VALUES, max_size=12))
def test_no_form_data_crashes_the_page(acme: Organization, browser: Client, data: dict[str, str]) -> None:
    with tenant(acme):
        found = RequestTemplate.objects.first()
    template = found or make_template(acme)
    for name, uid in (("new", ()), ("preview", ()), ("edit", (template.uid,)), ("restore_version", (template.uid,))):
        answer = browser.post(reverse(f"templates:{name}", args=[acme.slug, *uid]), data)
        assert answer.status_code in (200, 302), name
