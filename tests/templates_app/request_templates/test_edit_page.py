from django.test import Client
from django.urls import reverse

from crosschq.tenancy.models import AuditEntry, Organization, User
from crosschq.tenancy.scope import tenant
from requests_app.models import RequestState
from templates_app.models import RequestTemplate, TemplateVersion
from templates_app.request_templates.edit import delete_template, edit_template
from templates_app.request_templates.rules import ReferenceRule
from templates_app.request_templates.template_input import as_input
from templates_app.surveys.relationships import Relationship
from tests.audit import sentence_of
from tests.templates_app.browsing import controls, errors, parsed, press, words
from tests.templates_app.factories import make_request, make_template, template_input

FULL = {
    "name": "Engineering",
    "ats_tag": "Eng",
    "description": "For all engineers",
    "position": "Engineer",
    "due_days": 7,
    "self_reference": False,
    "hiring_manager_name": "Lee Okafor",
    "hiring_manager_email": "lee@acme.example",
    "job_hiring_managers": True,
    "rules": (ReferenceRule(Relationship.MANAGER, 1, "From your last job"), ReferenceRule(Relationship.ANY, 2)),
}


def url(template: RequestTemplate) -> str:
    return reverse("templates:edit", args=[template.organization.slug, template.uid])


def test_the_form_shows_the_current_settings(acme: Organization, browser: Client) -> None:
    template = make_template(acme, **FULL)
    page = browser.get(url(template))
    answer = press(browser, page, "Save changes")
    assert answer.status_code == 302
    with tenant(acme):
        assert as_input(template.current) == template_input(**FULL)
        assert template.current.number == 1


def test_saving_creates_a_version_and_an_audit_entry_with_the_changes(
    acme: Organization, dana: User, browser: Client
) -> None:
    template = make_template(acme, **FULL)
    page = browser.get(url(template))
    press(browser, page, "Save changes", name="Engineers", due_days="21")
    with tenant(acme):
        entry = AuditEntry.objects.get(action="template.edit")
        assert template.current.number == 2
    assert sentence_of(entry) == "Dana Ruiz changed the template Engineers (version 2)"
    assert entry.before == {"name": "Engineering", "due_days": 7}
    assert entry.after == {"name": "Engineers", "due_days": 21, "template": "Engineers", "number": 2}


def test_the_page_counts_open_requests_that_keep_their_version(acme: Organization, browser: Client) -> None:
    template, other = make_template(acme), make_template(acme)
    page = words(parsed(browser.get(url(template))))
    assert "Changes apply to new requests" not in page
    make_request(template)
    with tenant(acme):
        edit_template(template=template, actor=None, template_input=template_input(name="Newer"))
    make_request(template, state=RequestState.WAITING_FOR_REFERENCES)
    make_request(template, state=RequestState.READY)
    make_request(template, state=RequestState.CANCELLED)
    make_request(other)
    page = words(parsed(browser.get(url(template))))
    assert "Changes apply to new requests 2 open requests keep the versions they started with." in page


def test_a_conflicting_save_is_reported_and_keeps_the_input(acme: Organization, browser: Client) -> None:
    template = make_template(acme, **FULL)
    page = browser.get(url(template))
    press(browser, page, "Save changes", name="Theirs")
    answer = press(browser, page, "Save changes", name="Mine")
    assert answer.status_code == 200
    assert errors(answer)[0].startswith("Dana Ruiz saved version 2 while you were editing.")
    assert controls(answer)["name"] == "Mine"
    assert press(browser, answer, "Save changes").status_code == 302
    with tenant(acme):
        names = list(
            TemplateVersion.objects.filter(template=template).order_by("number").values_list("name", flat=True)
        )
    assert names == ["Engineering", "Theirs", "Mine"]


def test_a_conflict_is_reported_after_other_errors_are_fixed(acme: Organization, browser: Client) -> None:
    template = make_template(acme, **FULL)
    page = browser.get(url(template))
    press(browser, page, "Save changes", name="Theirs")
    answer = press(browser, page, "Add another reference")
    answer = press(browser, answer, "Save changes", name="")
    assert errors(answer) == ["Enter a template name."]
    answer = press(browser, answer, "Save changes", name="Mine")
    assert errors(answer)[0].startswith("Dana Ruiz saved version 2")


def test_a_double_click_on_save_creates_one_version(acme: Organization, browser: Client) -> None:
    template = make_template(acme, **FULL)
    page = browser.get(url(template))
    for _ in range(2):
        assert press(browser, page, "Save changes", name="Engineers").status_code == 302
    with tenant(acme):
        assert template.current.number == 2


def test_saving_a_deleted_template_returns_the_input(acme: Organization, dana: User, browser: Client) -> None:
    template = make_template(acme, **FULL)
    page = browser.get(url(template))
    with tenant(acme):
        delete_template(template=template, actor=dana)
    answer = press(browser, page, "Save changes", name="Mine")
    assert answer.status_code == 200
    assert errors(answer)[0].startswith("This template was deleted while you were editing.")
    assert controls(answer)["name"] == "Mine"
    with tenant(acme):
        assert template.current.name == "Engineering"


def test_a_deleted_template_has_no_edit_page(acme: Organization, dana: User, browser: Client) -> None:
    template = make_template(acme)
    with tenant(acme):
        delete_template(template=template, actor=dana)
    assert browser.get(url(template)).status_code == 404
