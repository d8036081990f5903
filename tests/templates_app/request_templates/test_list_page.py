import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import Settings

from connectors.models import CachedJob, Connection
from crosschq.core import clock
from crosschq.tenancy.models import Organization, Role, User
from crosschq.tenancy.scope import tenant
from requests_app.models import RequestState
from templates_app.models import RequestTemplate, Survey
from templates_app.request_templates.edit import delete_template, edit_template
from templates_app.request_templates.rules import ReferenceRule
from templates_app.surveys.relationships import Relationship
from tests.factories import make_connection, make_member, signed_in
from tests.templates_app.browsing import parsed, tables, words
from tests.templates_app.factories import make_request, make_template, template_input
from tests.templates_app.survey_factories import make_survey, values

NAMES = ("edit", "delete", "created", "versions", "compare")


def listing(organization: Organization) -> str:
    return reverse("templates:list", args=[organization.slug])


def test_an_empty_list_explains_templates(acme: Organization, browser: Client) -> None:
    page = parsed(browser.get(listing(acme)))
    assert "No templates yet" in words(page)
    assert [words(link) for link in page.iter("a") if "button" in link.get("class", "")] == ["Create New Template"]


def test_an_empty_list_refers_viewers_to_an_admin(acme: Organization, client: Client) -> None:
    page = parsed(signed_in(client, make_member(acme, Role.VIEWER)).get(listing(acme)))
    assert "Only an admin can create a template." in words(page)
    assert "Create New Template" not in words(page)


def test_each_row_describes_its_template(acme: Organization, browser: Client) -> None:
    rules = (ReferenceRule(Relationship.MANAGER, 1), ReferenceRule(Relationship.ANY, 2))
    template = make_template(acme, name="Engineering", ats_tag="Eng", description="For all engineers", rules=rules)
    make_template(acme, name="customer Success", ats_tag="cs")
    make_request(template)
    make_request(template, state=RequestState.READY)
    rows = tables(browser.get(listing(acme)))[0]
    assert rows[0] == ["Template", "ATS Tag", "Survey", "References", "Jobs using it", "Last used", "Actions"]
    assert [row[0] for row in rows[1:]] == ["customer Success", "Engineering For all engineers"]
    assert rows[2][1:5] == ["Eng", "General survey", "3: 1 manager, 2 of any relationship type", "0"]
    assert rows[2][5].endswith("1 open request")
    assert rows[1][5] == "Never"


def test_an_edited_template_is_listed_once_with_its_current_settings(acme: Organization, browser: Client) -> None:
    template = make_template(acme, name="Engineering", ats_tag="eng")
    with tenant(acme):
        rules = (ReferenceRule(Relationship.MENTOR, 2),)
        edit_template(
            template=template, actor=None, template_input=template_input(name="Engineers", ats_tag="dev", rules=rules)
        )
    rows = tables(browser.get(listing(acme)))[0]
    assert [row[:4] for row in rows[1:]] == [["Engineers", "dev", "General survey", "2: 2 mentors"]]


def test_the_row_menu_has_edit_test_and_delete(acme: Organization, browser: Client) -> None:
    template = make_template(acme, name="Engineering")
    menu = next(parsed(browser.get(listing(acme))).find(".//table").iter("details"))  # type: ignore[union-attr]
    assert words(next(menu.iter("summary"))) == "Actions for Engineering"
    assert [(words(link), link.get("href")) for link in menu.iter("a")] == [
        ("Edit", reverse("templates:edit", args=[acme.slug, template.uid])),
        ("Duplicate", f"{reverse('templates:new', args=[acme.slug])}?copy={template.uid}"),
        ("Versions", reverse("templates:versions", args=[acme.slug, template.uid])),
        ("Send test request", f"{reverse('requests:test', args=[acme.slug])}?template={template.uid}"),
        ("Delete", reverse("templates:delete", args=[acme.slug, template.uid])),
    ]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.RECRUITER])
def test_members_who_cannot_change_templates_see_no_actions(acme: Organization, client: Client, role: Role) -> None:
    make_template(acme, name="Engineering")
    gone = make_template(acme, name="Gone")
    with tenant(acme):
        delete_template(template=gone, actor=None)
    page = signed_in(client, make_member(acme, role)).get(listing(acme))
    content = page.content.decode()
    assert "Engineering" in content
    assert "Gone" in content
    assert not re.search(r"/(new|edit|delete|restore)/", content)


def test_a_page_of_the_list_has_fifty_templates(acme: Organization, browser: Client) -> None:
    for number in range(52):
        make_template(acme, name=f"Template {number:02}")
    first = browser.get(listing(acme))
    assert len(tables(first)[0]) == 51
    second = browser.get(listing(acme), {"page": "2"})
    assert [row[0] for row in tables(second)[0][1:]] == ["Template 50", "Template 51"]
    assert browser.get(listing(acme), {"page": "'"}).status_code == 200


def test_the_number_of_queries_does_not_depend_on_the_number_of_templates(
    acme: Organization, dana: User, browser: Client
) -> None:
    def cost(path: str) -> int:
        with CaptureQueriesContext(connection) as counted:
            assert browser.get(path).status_code == 200
        return len(counted)

    template = make_template(acme)
    make_request(template)
    _delete(make_template(acme), dana)
    paths = [
        listing(acme),
        reverse("templates:new", args=[acme.slug]),
        reverse("templates:edit", args=[acme.slug, template.uid]),
        reverse("templates:delete", args=[acme.slug, template.uid]),
        reverse("templates:versions", args=[acme.slug, template.uid]),
        reverse("templates:compare", args=[acme.slug, template.uid]),
    ]
    browser.get(listing(acme))  # the first page after signing in renews the session
    few = [cost(path) for path in paths]
    for number in range(9):
        make_request(make_template(acme))
        with tenant(acme):
            edit_template(template=template, actor=dana, template_input=template_input(due_days=number + 1))
        make_request(template)
        _delete(make_template(acme), dana)
    assert [cost(path) for path in paths] == few
    assert max(few) <= 12, few


def test_a_long_list_can_be_searched(acme: Organization, browser: Client) -> None:
    for number in range(8):
        make_template(
            acme, name=f"Template {number}", ats_tag=f"t{number}", description="Nurses" if number == 3 else ""
        )
    assert 'name="q"' not in browser.get(listing(acme)).content.decode()
    make_template(acme, name="Engineering", ats_tag="Eng")

    def found(words: str) -> list[str]:
        return [row[0] for table in tables(browser.get(listing(acme), {"q": words})) for row in table[1:]]

    assert found(" ENG ") == ["Engineering"]
    assert found("nurses") == ["Template 3 Nurses"]
    assert found("") == ["Engineering", *(f"Template {n}{' Nurses' if n == 3 else ''}" for n in range(8))]
    none = browser.get(listing(acme), {"q": "<b>\0none"})
    assert "No template matches “<b>none”. Show all" in words(parsed(none))


def test_a_row_counts_the_jobs_with_the_tag(acme: Organization, browser: Client) -> None:
    here = make_connection(acme, field_name="Tag")
    template = make_template(acme, name="Engineering", ats_tag="Eng")
    with tenant(acme):
        for number, tag in enumerate([" ENG", "eng", "sales", ""]):
            job = {
                "id": str(number),
                "title": "Job",
                "creator_id": "",
                "fields": [{"id": "f", "label": "tag", "text": tag}],
            }
            CachedJob.objects.create(
                organization=acme, connection=here, ats_id=str(number), job=job, job_read_at=clock.now()
            )
        Connection.objects.update(default_template=template.uid)
    assert tables(browser.get(listing(acme)))[0][1][4] == "2 and jobs with an empty tag"
    page = words(parsed(browser.get(reverse("templates:delete", args=[acme.slug, template.uid]))))
    assert "2 jobs checked in the last day have this tag." in page
    assert "This is the default template for jobs with an empty tag" in page


def test_a_row_shows_problems(acme: Organization, browser: Client, settings: Settings) -> None:
    settings.TEXT_MESSAGES = dict.fromkeys(settings.TEXT_MESSAGES, "")
    make_template(acme, name="A", messages={"candidate_invitation": {"en": {"subject": "Hi {{ nobody }}"}}})
    make_template(acme, name="B", text_messages_enabled=True)
    survey = make_survey(acme, values(), name="Ward survey", published=True)
    make_template(acme, name="C", survey=survey.key)
    with tenant(acme):
        Survey.objects.filter(pk=survey.pk).update(deleted_at=clock.now())
    assert [row[0] for row in tables(browser.get(listing(acme)))[0][1:]] == [
        (
            "A Needs attention One of its messages has a problem: There is no placeholder “nobody”. Choose one from the"
            " list."
        ),
        "B Needs attention Its text messages aren't sent: no carrier is set up.",
        "C Needs attention Its survey Ward survey was deleted. Choose another one.",
    ]


def _delete(template: RequestTemplate, actor: User) -> None:
    with tenant(template.organization):
        delete_template(template=template, actor=actor)


def test_template_pages_are_valid_html(acme: Organization, browser: Client) -> None:
    template = make_template(acme)
    for path in (
        listing(acme),
        *(reverse(f"templates:{name}", args=[acme.slug, template.uid]) for name in NAMES),
    ):
        page = parsed(browser.get(path))
        ids = [element.get("id") for element in page.iter() if element.get("id")]
        assert len(ids) == len(set(ids)), path
        assert len(list(page.iter("h1"))) == 1
