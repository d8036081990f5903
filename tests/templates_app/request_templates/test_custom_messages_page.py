"""Custom message texts in the template form."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from django.contrib.staticfiles.finders import find
from django.test import Client
from django.urls import reverse

from crosschq.messaging.content.catalog import CATALOG
from crosschq.messaging.content.placeholders import pieces
from crosschq.messaging.content.rendering import standard
from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import tenant
from templates_app.models import RequestTemplate
from templates_app.request_templates.forms.messages import kinds
from tests.templates_app.browsing import buttons, controls, errors, kept, parsed, press, words
from tests.templates_app.factories import make_request, make_template

OWN = "Write own text Candidate: invitation"
BACK = "Restore standard text Candidate: invitation"
PREFIX = "messages-candidate_invitation-en-"
INVITATION = CATALOG["candidate_invitation"]


@pytest.fixture
def page(acme: Organization, browser: Client) -> object:
    """The form of a new template with its first message customized."""
    empty = kept("new", lambda: browser.get(reverse("templates:new", args=[acme.slug])))
    typed = {"name": "Engineering", "ats_tag": "eng", "references-0-note": "Kept"}
    return kept("own invitation", lambda: press(browser, empty, OWN, **typed))


def create(browser: Client, page: object, **typed: str) -> object:
    return press(browser, page, "Create Template", **{f"{PREFIX}{name}": text for name, text in typed.items()})


def stored(organization: Organization) -> object:
    with tenant(organization):
        return RequestTemplate.objects.get().current.messages


def test_every_customizable_message_shows_its_standard_text(acme: Organization, browser: Client) -> None:
    page = browser.get(reverse("templates:new", args=[acme.slug]))
    shown = words(parsed(page))
    for kind in kinds():
        assert str(kind.label) in shown
        assert " ".join("".join(piece.words for piece in pieces(standard(kind).text)).split()) in shown
    assert PREFIX + "subject" not in controls(page)


def test_customizing_starts_with_the_standard_text_and_keeps_other_input(page: object) -> None:
    shown = controls(page)
    assert (shown["name"], shown["ats_tag"], shown["references-0-note"]) == ("Engineering", "eng", "Kept")
    assert shown[PREFIX + "subject"] == standard(INVITATION).subject
    assert shown[PREFIX + "text"] == standard(INVITATION).text


def test_unchanged_texts_remain_standard(acme: Organization, browser: Client, page: object) -> None:
    create(browser, page)
    assert stored(acme) == {}


def test_changed_texts_are_saved_and_empty_ones_become_standard(
    acme: Organization, browser: Client, page: object
) -> None:
    create(browser, page, subject="Your references, {{ candidate_name }}", text="")
    assert stored(acme) == {"candidate_invitation": {"en": {"subject": "Your references, {{ candidate_name }}"}}}


def test_restoring_the_standard_text_discards_the_custom_text(
    acme: Organization, browser: Client, page: object
) -> None:
    page = press(browser, page, BACK, **{PREFIX + "subject": "Mine"})
    assert OWN in buttons(page)
    create(browser, page)
    assert stored(acme) == {}


@pytest.mark.parametrize(
    ("part", "name", "end"),
    [
        ("subject", "position", " {{ position }}"),
        ("subject", "candidate_first_name", ' {{ candidate_first_name | default: "there" }}'),
        ("text", "link", "\n\n{{ link }}"),
        ("sms", "due_date", " {{ due_date }}"),
    ],
)
def test_a_button_inserts_a_placeholder_at_the_end_of_its_text(
    browser: Client, page: object, part: str, name: str, end: str
) -> None:
    url = reverse("templates:new", args=[page.wsgi_request.path.split("/")[2]])  # type: ignore[attr-defined]
    sent = {**controls(page), f"{PREFIX}{part}": "Words  ", "act": f"insert:candidate_invitation:en:{part}:{name}"}
    answer = browser.post(url, sent)
    assert controls(answer)[PREFIX + part].replace("\r\n", "\n") == "Words" + end
    assert controls(answer)["references-0-note"] == "Kept"
    focused = [
        one.get("name")
        for tag in ("input", "textarea")
        for one in parsed(answer).iter(tag)
        if "autofocus" in one.attrib
    ]
    assert focused == [PREFIX + part]


@pytest.mark.parametrize(
    ("typed", "then"),
    [
        ("Hello\r\n\r\n{{ link }}\r\n", "Hello {{ position }}\n\n{{ link }}"),
        ("Hello\n\n{{link}}\n\nBye", "Hello\n\n{{link}}\n\nBye {{ position }}"),
        ("{{ link }}", "{{ position }}\n\n{{ link }}"),
        ("See {{ link }}", "See {{ link }} {{ position }}"),
    ],
)
def test_a_placeholder_is_inserted_before_the_final_button(
    acme: Organization, browser: Client, page: object, typed: str, then: str
) -> None:
    sent = {**controls(page), f"{PREFIX}text": typed, "act": "insert:candidate_invitation:en:text:position"}
    answer = browser.post(reverse("templates:new", args=[acme.slug]), sent)
    assert controls(answer)[PREFIX + "text"] == then


def test_all_scripts_of_a_page_are_under_20_kilobytes(page: object) -> None:
    addresses = [str(one.get("src")).removeprefix("/static/") for one in parsed(page).iter("script")]
    assert len(addresses) == 3
    files = [find(address) for address in addresses]
    assert sum(len(gzip.compress(Path(str(file)).read_bytes())) for file in files) < 20_000


@pytest.mark.parametrize(
    "act",
    [
        "insert:candidate_invitation:en:subject:reference_list",  # several lines
        "insert:candidate_invitation:en:preheader:position",
        "insert:candidate_invitation:de:subject:position",
        "insert:candidate_link:en:subject:position",
        "insert",
        "insert:::::::",
        "own:nothing:en",
        "standard",
    ],
)
def test_a_forged_button_changes_nothing(acme: Organization, browser: Client, page: object, act: str) -> None:
    answer = browser.post(reverse("templates:new", args=[acme.slug]), {**controls(page), "act": act})
    token = "csrfmiddlewaretoken"
    assert controls(answer) | {token: ""} == controls(page) | {token: ""}


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        (
            {"subject": "Hi {{ candidat_name }}"},
            (
                "Candidate: invitation, email subject: There is no placeholder “candidat_name”. The closest one is"
                " “candidate_name”."
            ),
        ),
        (
            {"text": "Hello"},
            (
                "Candidate: invitation, email text: Insert “The secret link” into this text. Without it, the"
                " recipient can't respond."
            ),
        ),
        ({"subject": "x" * 251}, "Use 250 characters or fewer. There are 251 now."),
        (
            {"sms": "Do it"},
            (
                "Candidate: invitation, text message: Insert “The secret link” into this text. Without it, the"
                " recipient can't respond."
            ),
        ),
    ],
)
def test_an_invalid_text_gets_a_field_error_and_is_not_saved(
    acme: Organization, browser: Client, page: object, typed: dict[str, str], error: str
) -> None:
    answer = create(browser, page, **typed)
    assert errors(answer) == [error]
    assert controls(answer)["name"] == "Engineering"
    with tenant(acme):
        assert not RequestTemplate.objects.exists()


def test_a_missing_default_is_saved_with_a_warning(acme: Organization, browser: Client, page: object) -> None:
    answer = create(browser, page, subject="{{ candidate_first_name }}, your references")
    assert answer.status_code == 302  # type: ignore[attr-defined]
    shown = words(parsed(browser.get(answer["Location"])))  # type: ignore[index]
    assert "Candidate: invitation: “Candidate's first name” can be empty." in shown


class TestOtherPlaceholders:
    """An edit that adds or removes a placeholder."""

    @pytest.fixture
    def edited(self, acme: Organization, browser: Client) -> object:
        template = make_template(acme, name="Engineering", ats_tag="eng")
        for _ in range(4):
            make_request(template)
        page = browser.get(reverse("templates:edit", args=[acme.slug, template.uid]))
        page = press(browser, page, OWN)
        return press(browser, page, "Save changes", name="Engineers", **{PREFIX + "subject": "For {{ position }}"})

    def test_the_page_shows_the_changes_saves_nothing_and_leads_back_to_the_form_with_all_input(
        self, acme: Organization, browser: Client, edited: object
    ) -> None:
        shown = words(parsed(edited))
        assert (
            "Candidate: invitation Email subject Position Your organization's name, How many references are asked for"
            in shown
        )
        assert "4 open requests keep their current messages." in shown
        assert stored(acme) == {}
        page = press(browser, edited, "Back to the form")
        kept_input = controls(page)
        assert (kept_input["name"], kept_input[PREFIX + "subject"]) == ("Engineers", "For {{ position }}")
        assert stored(acme) == {}

    def test_saving_again_saves_everything_and_new_texts_with_the_same_placeholders_need_no_confirmation(
        self, acme: Organization, browser: Client, edited: object
    ) -> None:
        assert press(browser, edited, "Save changes").status_code == 302
        with tenant(acme):
            template = RequestTemplate.objects.get()
        assert template.name == "Engineers"
        assert stored(acme) == {"candidate_invitation": {"en": {"subject": "For {{ position }}"}}}
        page = browser.get(reverse("templates:edit", args=[acme.slug, template.uid]))
        answer = press(browser, page, "Save changes", **{PREFIX + "subject": "About {{ position }}"})
        assert answer.status_code == 302
