from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from crosschq.core import clock
from crosschq.tenancy.models import AuditEntry, Organization, User
from crosschq.tenancy.scope import tenant
from requests_app.models import RequestState
from templates_app.models import RequestTemplate
from templates_app.request_templates.edit import RestoreEnded, delete_template, restore_template
from tests.audit import sentence_of
from tests.templates_app.browsing import parsed, press, tables, words
from tests.templates_app.factories import make_request, make_template


def url(name: str, template: RequestTemplate) -> str:
    return reverse(f"templates:{name}", args=[template.organization.slug, template.uid])


def deleted(organization: Organization, actor: User, **fields: object) -> RequestTemplate:
    template = make_template(organization, **fields)
    with tenant(organization):
        delete_template(template=template, actor=actor)
        template.refresh_from_db()
    return template


def test_the_confirmation_page_lists_the_consequences(acme: Organization, browser: Client) -> None:
    template = make_template(acme, name="Engineering", ats_tag="eng")
    make_request(template)
    make_request(template, state=RequestState.READY)
    page = browser.get(url("delete", template))
    shown = words(parsed(page))
    assert "Jobs with the tag eng no longer start requests" in shown
    assert "1 open request continues unchanged." in shown
    assert tables(page) == [[["Candidate", "Job", "Status"], ["Maya Osei", "Backend Engineer", "Sent"]]]
    with tenant(acme):
        template.refresh_from_db()
    assert template.deleted_at is None


def test_a_long_list_of_open_requests_is_truncated(acme: Organization, browser: Client) -> None:
    template = make_template(acme)
    for _ in range(22):
        make_request(template)
    page = browser.get(url("delete", template))
    assert len(tables(page)[0]) == 21
    assert "22 open requests continue unchanged." in words(parsed(page))
    assert "The newest 20 are shown." in words(parsed(page))


def test_deleting_hides_the_template_and_is_audited(acme: Organization, dana: User, browser: Client) -> None:
    template = make_template(acme, name="Engineering", ats_tag="eng")
    reference_request = make_request(template)
    answer = press(browser, browser.get(url("delete", template)), "Delete template")
    assert answer.status_code == 302
    listed = browser.get(reverse("templates:list", args=[acme.slug]))
    assert [row[0] for row in tables(listed)[0]] == ["Template", "Engineering"]
    assert "No templates yet" in words(parsed(listed))
    with tenant(acme):
        entry = AuditEntry.objects.get(action="template.delete")
        reference_request.refresh_from_db()
        assert reference_request.version.name == "Engineering"
        assert reference_request.state == RequestState.SENT
    assert sentence_of(entry) == "Dana Ruiz deleted the template Engineering with the tag eng"
    assert (entry.actor, entry.before["ats_tag"]) == (dana, "eng")


def test_deleting_twice_changes_nothing_more(acme: Organization, browser: Client) -> None:
    template = make_template(acme)
    page = browser.get(url("delete", template))
    for _ in range(2):
        assert press(browser, page, "Delete template").status_code == 302
    with tenant(acme):
        assert AuditEntry.objects.filter(action="template.delete").count() == 1
    assert browser.get(url("delete", template)).status_code == 404


def test_restoring_brings_the_template_and_its_tag_back(acme: Organization, dana: User, browser: Client) -> None:
    template = deleted(acme, dana, name="Engineering", ats_tag="eng")
    answer = browser.post(url("restore", template), follow=True)
    assert "Engineering and its tag eng are back." in words(parsed(answer))
    assert len(tables(answer)) == 1
    with tenant(acme):
        template.refresh_from_db()
        entry = AuditEntry.objects.get(action="template.restore")
    assert template.deleted_at is None
    assert sentence_of(entry) == "Dana Ruiz restored the template Engineering with the tag eng"


def test_restoring_twice_changes_nothing_more(acme: Organization, dana: User, browser: Client) -> None:
    template = deleted(acme, dana)
    for _ in range(2):
        assert browser.post(url("restore", template)).status_code == 302
    with tenant(acme):
        assert AuditEntry.objects.filter(action="template.restore").count() == 1


def test_a_template_is_not_restored_while_another_one_has_its_tag(
    acme: Organization, dana: User, browser: Client
) -> None:
    template = deleted(acme, dana, name="Engineering", ats_tag="eng")
    make_template(acme, name="Product", ats_tag="ENG")
    answer = browser.post(url("restore", template), follow=True)
    assert (
        "Engineering can't be restored: its tag eng now belongs to the template Product. "
        "Give that template another tag first."
    ) in words(parsed(answer))
    with tenant(acme):
        template.refresh_from_db()
        assert template.deleted_at is not None
        assert not AuditEntry.objects.filter(action="template.restore").exists()


def test_after_thirty_days_a_template_is_neither_listed_nor_restored(
    acme: Organization, dana: User, browser: Client
) -> None:
    template = deleted(acme, dana, name="Engineering")
    end = template.restorable_until
    assert end is not None
    listing = reverse("templates:list", args=[acme.slug])
    with time_machine.travel(end - timedelta(minutes=1), tick=False):
        browser.force_login(dana)
        assert len(tables(browser.get(listing))) == 1
    with time_machine.travel(end + timedelta(minutes=1), tick=False):
        browser.force_login(dana)
        assert tables(browser.get(listing)) == []
        answer = browser.post(url("restore", template), follow=True)
        assert "Engineering was deleted more than 30 days ago and can't be restored." in words(parsed(answer))
        with tenant(acme), pytest.raises(RestoreEnded):
            restore_template(template=template, actor=dana)


def test_the_list_shows_how_long_a_template_can_be_restored(acme: Organization, dana: User, browser: Client) -> None:
    with time_machine.travel("2026-11-22T10:00:00Z", tick=False):
        deleted(acme, dana, name="Engineering", ats_tag="eng")
    with time_machine.travel("2026-11-23T10:00:00Z", tick=False):
        browser.force_login(dana)
        page = browser.get(reverse("templates:list", args=[acme.slug]))
    row = tables(page)[0][1]
    assert row[:4] == ["Engineering", "eng", "Nov 22, 2026", "Dec 22, 2026"]
    assert row[4] == "Restore Engineering"


def test_restoring_requires_a_post(acme: Organization, dana: User, browser: Client) -> None:
    template = deleted(acme, dana)
    assert browser.get(url("restore", template)).status_code == 405
    assert browser.head(url("restore", template)).status_code == 405
    with tenant(acme):
        template.refresh_from_db()
    assert template.deleted_at is not None
    assert template.deleted_at <= clock.now()
