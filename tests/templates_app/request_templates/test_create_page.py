from dataclasses import asdict

import pytest
from django.test import Client
from django.urls import reverse

from connectors.models import Connection, ConnectionState, SetupCheck
from connectors.setup.checks import JobSnapshot, SetupSnapshot
from crosschq.core import clock
from crosschq.tenancy.models import AuditEntry, Organization, User
from crosschq.tenancy.scope import tenant
from templates_app.models import RequestTemplate, Survey
from templates_app.request_templates.rules import ReferenceRule
from templates_app.surveys.relationships import Relationship
from tests.audit import sentence_of
from tests.factories import make_connection
from tests.templates_app.browsing import buttons, controls, errors, kept, parsed, press, words
from tests.templates_app.factories import make_template

# Labels that the help page mentions.
LABELS = {"Template name", "ATS Tag", "Description", "Position", "Survey"}
HEADINGS = {"Request Settings", "Hiring manager (optional)", "Custom notifications"}


@pytest.fixture
def page(acme: Organization, browser: Client) -> object:
    return kept("new", lambda: browser.get(reverse("templates:new", args=[acme.slug])))


def test_the_page_has_the_labels_of_the_help_page(page: object) -> None:
    document = parsed(page)
    shown = {words(label).removesuffix(" (optional)") for label in document.iter("label")}
    assert shown >= LABELS
    assert {words(heading) for heading in document.iter("h2")} >= HEADINGS
    assert [words(heading) for heading in document.iter("h1")] == ["Create New Template"]
    assert "Any relationship type" in {words(option) for option in document.iter("option")}
    assert "Create Template" in buttons(page)


def test_a_new_template_has_sensible_defaults(page: object) -> None:
    shown = controls(page)
    assert shown["self_reference"] == "on"
    assert "job_hiring_managers" not in shown
    assert shown["due_days"] == "14"
    assert (shown["references-0-relationship"], shown["references-0-count"]) == ("any", "2")


def test_only_the_first_template_is_prefilled(acme: Organization, browser: Client) -> None:
    address = reverse("templates:new", args=[acme.slug])
    page = browser.get(address)
    assert "We filled this in to get you started." in words(parsed(page))
    assert press(browser, page, "Create Template").status_code == 302
    with tenant(acme):
        template = RequestTemplate.objects.get()
    assert (template.name, template.ats_tag) == ("Reference check", "standard")
    page = browser.get(address)
    assert (controls(page)["name"], controls(page)["ats_tag"]) == ("", "")
    assert "We filled this in to get you started." not in words(parsed(page))


def test_only_name_and_tag_are_required(acme: Organization, dana: User, browser: Client, page: object) -> None:
    answer = press(browser, page, "Create Template", name=" Engineering ", ats_tag=" eng ")
    assert answer.status_code == 302
    with tenant(acme):
        template = RequestTemplate.objects.get()
    assert answer["Location"] == reverse("templates:created", args=[acme.slug, template.uid])
    with tenant(acme):
        version = template.current
        entry = AuditEntry.objects.get(action="template.create")
    assert (template.name, template.ats_tag, template.tag_key) == ("Engineering", "eng", "eng")
    assert version.reference_rules == (ReferenceRule(Relationship.ANY, count=2),)
    assert (version.self_reference, version.due_days, version.number) == (True, 14, 1)
    assert version.survey_version.survey.key == "core"
    assert (entry.actor, sentence_of(entry)) == (dana, "Dana Ruiz created the template Engineering with the tag eng")
    assert (entry.before, entry.after["ats_tag"]) == ({}, "eng")


def test_all_input_is_saved(acme: Organization, browser: Client, page: object) -> None:
    press(
        browser,
        page,
        "Create Template",
        name="Engineering",
        ats_tag="Eng",
        description="For all\r\nengineers",
        position="Backend Engineer",
        due_days="7",
        self_reference="",
        hiring_manager_name="Lee Okafor",
        hiring_manager_email="lee@acme.example",
        job_hiring_managers="on",
        references__0__relationship="manager",
        references__0__count="1",
        references__0__note="From your last company",
    )
    with tenant(acme):
        template = RequestTemplate.objects.get()
        version = template.current
    assert template.description.split() == ["For", "all", "engineers"]
    assert (version.position, version.due_days) == ("Backend Engineer", 7)
    assert (version.self_reference, version.job_hiring_managers) == (False, True)
    assert (version.hiring_manager_name, version.hiring_manager_email) == ("Lee Okafor", "lee@acme.example")
    assert version.reference_rules == (ReferenceRule(Relationship.MANAGER, 1, "From your last company"),)


def test_opening_the_form_writes_nothing(acme: Organization, browser: Client) -> None:
    assert browser.get(reverse("templates:new", args=[acme.slug])).status_code == 200
    with tenant(acme):
        assert not Survey.objects.exists()
        assert not AuditEntry.objects.exists()


def test_the_tag_hint_names_the_field_of_the_connection(acme: Organization, browser: Client) -> None:
    make_connection(acme, field_name="Reference check")
    page = browser.get(reverse("templates:new", args=[acme.slug]))
    assert "Enter exactly this in the field “Reference check” of a job." in words(parsed(page))


def test_all_errors_are_listed_together_and_input_is_kept(acme: Organization, browser: Client, page: object) -> None:
    answer = press(
        browser,
        page,
        "Create Template",
        name="",
        ats_tag="",
        description="Kept",
        due_days="soon",
        hiring_manager_email="lee@",
        survey="none",
        references__0__count="0",
        references__0__relationship="cousin",
    )
    assert answer.status_code == 200
    assert errors(answer) == [
        "Enter a template name.",
        "Enter an ATS Tag.",
        "Choose a survey.",
        "Enter the number of days until references are due, from 1 to 30.",
        "Reference 1: choose a relationship.",
        "Reference 1: enter how many, from 1 to 10.",
        "Enter the hiring manager's email address, like name@example.com.",
    ]
    shown = controls(answer)
    assert (shown["description"], shown["due_days"], shown["hiring_manager_email"]) == ("Kept", "soon", "lee@")
    assert words(next(parsed(answer).iter("title"))).startswith("Error: Create New Template \u2013 Templates")
    with tenant(acme):
        assert not RequestTemplate.objects.exists()


def test_each_error_in_the_summary_links_to_its_field(browser: Client, page: object) -> None:
    answer = press(browser, page, "Create Template", name="", ats_tag="", references__0__count="many")
    document = parsed(answer)
    targets = [link.get("href", "") for link in document.iter("a") if link.get("href", "").startswith("#id_")]
    ids = {control.get("id"): control for tag in ("input", "select") for control in document.iter(tag)}
    assert targets == ["#id_name", "#id_ats_tag", "#id_references-0-count"]
    for target in targets:
        assert ids[target[1:]].get("aria-invalid") == "true"


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ({"hiring_manager_name": "Lee"}, "Enter the hiring manager's email, or clear the name."),
        ({"hiring_manager_email": "l@acme.example"}, "Enter the hiring manager's name, or clear the email."),
        ({"due_days": "31"}, "Enter the number of days until references are due, from 1 to 30."),
        ({"due_days": "9" * 5000}, "Enter the number of days until references are due, from 1 to 30."),
        ({"name": "n" * 121}, "Use 120 characters or fewer. There are 121 now."),
        ({"ats_tag": "e\u200bng"}, "There is an invisible character (zero width space) after “e”. Retype the text."),
        ({"ats_tag": "\u00a0"}, "Enter an ATS Tag."),
        ({"references__0__note": "n" * 501}, "Reference 1: use 500 characters or fewer for the note."),
        ({"references__0__count": "11"}, "Reference 1: enter how many, from 1 to 10."),
    ],
)
def test_an_error_says_what_to_do(browser: Client, page: object, typed: dict[str, str], error: str) -> None:
    answer = press(browser, page, "Create Template", **{"name": "Engineering", "ats_tag": "eng", **typed})
    assert error in errors(answer)


@pytest.mark.parametrize("tag", ["\ufb03" * 80, "\ufdfa" * 13])
def test_a_tag_that_grows_when_compared_fits(acme: Organization, browser: Client, page: object, tag: str) -> None:
    assert press(browser, page, "Create Template", name="Long", ats_tag=tag).status_code == 302
    with tenant(acme):
        assert 200 < len(RequestTemplate.objects.get().tag_key) <= 240


def test_a_tag_that_grows_too_much_when_compared_is_refused(browser: Client, page: object) -> None:
    answer = press(browser, page, "Create Template", name="Long", ats_tag="\ufdfa" * 80)
    assert "Choose a shorter tag. Some of its letters count as more than one." in errors(answer)


def test_markup_in_a_name_is_escaped(acme: Organization, browser: Client, page: object) -> None:
    name = "<b>Bold</b> & \"quoted\" {% now 'Y' %}"
    press(browser, page, "Create Template", name=name, ats_tag="<i>")
    listed = browser.get(reverse("templates:list", args=[acme.slug]))
    assert name in words(parsed(listed))


def test_nul_characters_are_removed(acme: Organization, browser: Client, page: object) -> None:
    typed = {"name": "Engi\0neering", "ats_tag": "e\0ng", "references-0-note": "\0Why"}
    assert press(browser, page, "Create Template", **typed).status_code == 302
    with tenant(acme):
        template = RequestTemplate.objects.get()
        assert (template.name, template.ats_tag) == ("Engineering", "eng")
        assert template.current.reference_rules[0].note == "Why"


def test_the_questions_can_be_read_before_choosing(page: object) -> None:
    shown = words(parsed(page))
    assert "How good was the work the candidate delivered?" in shown
    assert "Almost never · Less than half the time" in shown
    assert "{name}" not in shown


def created_page(acme: Organization, browser: Client, name: str, **fields: str) -> str:
    template = make_template(acme, name=name, ats_tag="eng", **fields)
    return words(parsed(browser.get(reverse("templates:created", args=[acme.slug, template.uid]))))


def test_matching_open_jobs_without_a_tag_are_listed(acme: Organization, browser: Client) -> None:
    here = make_connection(acme)
    titles = ["Software engineer", "Accountant", "Head of Nursing and Care", "<b>Engineering</b> manager"]
    seen = SetupSnapshot(
        jobs=[JobSnapshot(title, title, "") for title in titles] + [JobSnapshot("x", "Engineer", "other")]
    )
    with tenant(acme):
        SetupCheck.objects.create(organization=acme, connection=here, checked_at=clock.now(), snapshot=asdict(seen))
    shown = created_page(acme, browser, "Engineering and more", position="Nursing")
    assert (
        "Based on their titles, 3 open jobs without a tag look like a match: <b>Engineering</b> manager Head of"
        in shown
    )
    assert "Accountant" not in shown
    with tenant(acme):
        Connection.objects.update(state=ConnectionState.NOT_CONNECTED)
        uid = RequestTemplate.objects.get().uid
    page = browser.get(reverse("templates:created", args=[acme.slug, uid]))
    assert "look like a fit" not in words(parsed(page))


def test_jobs_are_not_mentioned_if_none_match(acme: Organization, browser: Client) -> None:
    make_connection(acme)
    assert "a fit" not in created_page(acme, browser, "Engineering")
