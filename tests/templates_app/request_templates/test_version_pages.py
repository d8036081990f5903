"""Listing, comparing and restoring the versions of a template."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from crosschq.tenancy.models import AuditEntry, Organization, User
from crosschq.tenancy.scope import tenant
from templates_app.models import RequestTemplate, Survey
from templates_app.request_templates.edit import edit_template
from templates_app.request_templates.rules import FinishRule, ReferenceRule
from templates_app.request_templates.template_input import as_input
from templates_app.surveys import draft_questions, edit
from templates_app.surveys.relationships import Relationship
from tests.templates_app.browsing import parsed, press, tables, words
from tests.templates_app.factories import make_template, template_input
from tests.templates_app.survey_factories import make_survey, values

NAMED = {"name": "Engineering", "ats_tag": "eng"}
NEWER = {
    "due_days": 7,
    "finish": FinishRule(2, Relationship.MANAGER, 10),
    "rules": (ReferenceRule(Relationship.MANAGER, 2), ReferenceRule(Relationship.MENTOR, 1, "Any", required=False)),
    "messages": {"report_ready": {"en": {"subject": "Ready"}}},
}


@pytest.fixture
def template(acme: Organization, dana: User) -> RequestTemplate:
    """A template with three versions: the second is NEWER, the third only changes the tag."""
    made = make_template(acme, **NAMED)
    with tenant(acme):
        edit_template(template=made, actor=dana, template_input=template_input(**NAMED, **NEWER))
        edit_template(template=made, actor=dana, template_input=template_input(**NAMED | {"ats_tag": "dev"}, **NEWER))
        made.refresh_from_db()
    return made


def url(template: RequestTemplate, name: str) -> str:
    return reverse(f"templates:{name}", args=[template.organization.slug, template.uid])


def test_each_version_lists_its_changes(browser: Client, template: RequestTemplate) -> None:
    rows = tables(browser.get(url(template, "versions")))[0][1:]
    assert [(row[0], row[2]) for row in rows] == [
        ("Version 3 for new requests", "Only the tag or description"),
        ("Version 2", "Due after; References; Report is ready; Owner: the report is ready, email subject"),
        ("Version 1", "The first version"),
    ]


def test_each_version_shows_who_saved_it(
    acme: Organization, browser: Client, dana: User, template: RequestTemplate
) -> None:
    first, *_, last = reversed(tables(browser.get(url(template, "versions")))[0][1:])
    assert "by" not in first[1].split()
    assert last[1].endswith("by Dana Ruiz")
    page = browser.get(url(template, "compare"), {"old": "1", "new": "3"})
    lines = [words(line) for line in parsed(page).iter("p") if words(line).startswith("Version ")]
    assert [(line.split(",")[0], line.endswith("by Dana Ruiz")) for line in lines] == [
        ("Version 1", False),
        ("Version 3", True),
    ]


def test_versions_created_by_publishing_a_survey_name_the_publisher(acme: Organization, dana: User) -> None:
    survey = make_survey(acme, values(), name="Ward survey", published=True)
    template = make_template(acme, survey=survey.key)
    with tenant(acme):
        draft_questions.add(survey=survey, actor=dana, values=values(position=None))
        edit.publish(survey=survey, actor=dana)
        assert (template.current.number, template.current.saved_by) == (2, dana)


def test_two_versions_are_compared_side_by_side(browser: Client, template: RequestTemplate) -> None:
    shown = browser.get(url(template, "compare"), {"old": "3", "new": "1"})
    assert tables(shown)[0] == [
        ["Setting", "Version 1", "Version 3"],
        ["Due after", "14 days", "7 days"],
        ["References", "Any relationship type (2)", "Manager (2) Mentor (1), not required: Any"],
        [
            "Report is ready",
            "When all references are in",
            "After 2 references, one of them: Manager, not before: 10 days",
        ],
        ["Owner: the report is ready, email subject", "standard text", "Ready"],
    ]


def test_the_comparison_lists_only_message_parts_that_differ(
    acme: Organization, browser: Client, template: RequestTemplate
) -> None:
    one, other = {"subject": "One", "text": "Kept {{ link }}"}, {"subject": "Two", "text": "Kept {{ link }}"}
    for number, own in enumerate((one, other), start=4):
        with tenant(acme):
            words_ = {"candidate_reminder": {"en": own}}
            wanted = template_input(**NAMED, **NEWER | {"messages": words_})
            assert edit_template(template=template, actor=None, template_input=wanted).number == number
    shown = tables(browser.get(url(template, "compare"), {"old": "4", "new": "5"}))[0]
    assert shown[1:] == [["Candidate: reminder, email subject", "One", "Two"]]


@pytest.mark.parametrize("asked", [{}, {"old": "9", "new": "0"}, {"old": "\0", "new": "'"}, {"new": "1"}])
def test_invalid_version_numbers_are_ignored(browser: Client, template: RequestTemplate, asked: dict[str, str]) -> None:
    assert "These versions are the same." in words(parsed(browser.get(url(template, "compare"), asked)))


def test_restoring_creates_a_new_version_with_the_old_settings(
    acme: Organization, browser: Client, template: RequestTemplate
) -> None:
    page = browser.get(url(template, "compare"), {"old": "1"})
    asked = press(browser, page, "Restore version 1")
    answer = press(browser, asked, "Restore version 1")
    assert answer.status_code == 302
    assert "Version 1 was restored as version 4." in words(parsed(browser.get(answer["Location"])))
    with tenant(acme):
        current = template.current
        assert current.number == 4
        assert as_input(current) == template_input(**NAMED | {"ats_tag": "dev"})
        assert AuditEntry.objects.filter(action="template.edit").count() == 3


def test_restoring_different_placeholders_asks_for_confirmation(
    acme: Organization, browser: Client, template: RequestTemplate
) -> None:
    asked = press(browser, browser.get(url(template, "compare"), {"old": "1"}), "Restore version 1")
    shown = words(parsed(asked))
    assert "This changes what the messages say about people" in shown
    assert "Owner: the report is ready Email subject Candidate's full name \u2013" in shown
    assert "Nothing is restored yet." in shown
    with tenant(acme):
        assert template.current.number == 3
        edit_template(template=template, actor=None, template_input=template_input(**NAMED, position="Nurse"))
    answer = press(browser, asked, "Restore version 1")
    assert "Someone just saved another version of" in words(parsed(browser.get(answer["Location"])))


def test_restoring_the_same_placeholders_needs_no_confirmation(
    acme: Organization, browser: Client, template: RequestTemplate
) -> None:
    page = browser.get(url(template, "compare"), {"old": "2", "new": "3"})
    assert "open requests" not in words(parsed(page))
    with tenant(acme):
        edit_template(template=template, actor=None, template_input=template_input(**NAMED, **NEWER | {"due_days": 9}))
    answer = press(browser, browser.get(url(template, "compare"), {"old": "2"}), "Restore version 2")
    assert "Version 2 was restored as version 5." in words(parsed(browser.get(answer["Location"])))


def test_restoring_does_not_override_a_newer_version(
    acme: Organization, dana: User, browser: Client, template: RequestTemplate
) -> None:
    page = browser.get(url(template, "compare"), {"old": "1"})
    with tenant(acme):
        edit_template(template=template, actor=dana, template_input=template_input(**NAMED, position="Nurse"))
    answer = press(browser, page, "Restore version 1")
    assert "Dana Ruiz just saved another version of" in words(parsed(browser.get(answer["Location"])))
    with tenant(acme):
        assert template.current.number == 4


def test_restoring_a_version_with_a_deleted_survey_is_refused(acme: Organization, browser: Client) -> None:
    survey = make_survey(acme, values(), name="Ward survey", published=True)
    template = make_template(acme, **NAMED, survey=survey.key)
    with tenant(acme):
        edit_template(template=template, actor=None, template_input=template_input(**NAMED))
        Survey.objects.filter(pk=survey.pk).update(deleted_at=survey.created_at)
    answer = browser.post(url(template, "restore_version"), {"number": "1"})
    assert "Version 1 uses a deleted survey." in words(parsed(browser.get(answer["Location"])))


@pytest.mark.parametrize("number", ["", "0", "99", "-1", "x" * 99, "99999999999999999999"])
def test_restoring_a_nonexistent_version_is_refused(browser: Client, template: RequestTemplate, number: str) -> None:
    answer = browser.post(url(template, "restore_version"), {"number": number})
    assert "has no version" in words(parsed(browser.get(answer["Location"])))
