"""The default template for jobs with an empty tag: off at first, and never used for an unknown tag."""

from __future__ import annotations

import html

import pytest
from django.test import Client
from django.urls import reverse

from connectors.models import Connection
from connectors.setup import checks
from crosschq.core import clock
from crosschq.tenancy.models import AuditEntry, User
from crosschq.tenancy.scope import tenant
from templates_app.models import RequestTemplate
from templates_app.request_templates.edit import delete_template
from tests.background import press
from tests.factories import signed_in
from tests.templates_app.factories import make_template
from tests.vendor import Vendor
from tests.webhooks.moves import last_call, move_and_decide, requests_of
from webhooks.explain import dry_run, explain
from webhooks.explain.answer import CLEAR

JONAS = ("Jonas Lind", "Sales Lead")
MAYA = ("Maya Osei", "Backend Engineer")


def url(live: Connection, name: str) -> str:
    return reverse(f"connectors:{name}", args=[live.organization.slug, "smartrecruiters"])


@pytest.fixture
def general(live: Connection) -> RequestTemplate:
    return make_template(live.organization, name="General", ats_tag="general")


@pytest.fixture
def browser(live: Connection, admin: User, client: Client) -> Client:
    return signed_in(client, admin)


@pytest.fixture
def default(live: Connection, general: RequestTemplate, browser: Client) -> RequestTemplate:
    """A template that the settings of the connection make the default."""
    assert browser.post(url(live, "default_template"), {"template": general.uid})["Location"].endswith("#empty-tag")
    with tenant(live.organization):
        live.refresh_from_db()
    return general


def delete(live: Connection, template: RequestTemplate, admin: User) -> None:
    with tenant(live.organization):
        delete_template(template=template, actor=admin)


def test_a_job_without_a_tag_uses_the_default_template(
    vendor: Vendor, live: Connection, default: RequestTemplate
) -> None:
    event = move_and_decide(live, vendor, *JONAS)
    assert (event.outcome, event.sentence) == (
        "sent.default",
        "The job has no tag, so the default template General was used.",
    )
    seen = {check["name"]: check["detail"] for check in event.checks}
    assert seen["Job field"] == "Crosschq tag is empty"
    assert seen["Template"] == "General, the default for jobs with an empty tag"
    assert event.template_uid == default.uid
    (reference_request,) = requests_of(live)
    with tenant(live.organization):
        assert reference_request.version.template == default
    assert "the job has no tag, so the default template General was used" in reference_request.origin_sentence


def test_an_unknown_tag_does_not_use_the_default_template(
    vendor: Vendor, live: Connection, default: RequestTemplate
) -> None:
    vendor.tell("job-tag", job_id=vendor.job(MAYA[1]), tag="Enginering")
    assert move_and_decide(live, vendor, *MAYA).outcome == "no.tag_unknown"


def test_no_default_template_is_set_at_first(vendor: Vendor, live: Connection, general: RequestTemplate) -> None:
    assert move_and_decide(live, vendor, *JONAS).outcome == "no.tag_empty"


def test_a_deleted_default_template_counts_as_none_and_the_page_says_so(
    vendor: Vendor, live: Connection, default: RequestTemplate, admin: User, browser: Client
) -> None:
    checks.read(live)
    delete(live, default, admin)
    event = move_and_decide(live, vendor, *JONAS)
    assert event.outcome == "no.tag_empty"
    assert event.checks[-1]["detail"] == "Crosschq tag is empty (the default template General was deleted)"
    text = html.unescape(browser.get(url(live, "manage")).content.decode())
    assert "The default template was deleted" in text
    text = html.unescape(browser.get(url(live, "checklist")).content.decode())
    assert "Those don't start requests: their default template General was deleted." in text
    text = html.unescape(browser.get(url(live, "settings")).content.decode())
    assert "General (deleted: doesn't start a request)" in text


def test_an_empty_tag_is_never_taken_from_the_cache(vendor: Vendor, live: Connection, default: RequestTemplate) -> None:
    assert move_and_decide(live, vendor, *JONAS).outcome == "sent.default"
    vendor.tell("job-tag", job_id=vendor.job(JONAS[1]), tag="eng")
    before = last_call(vendor)
    row = next(row for row in dry_run.table(live).rows if row.title == JONAS[1])
    assert (row.tag, row.by_default) == ("eng", False)
    assert "GET /jobs/{jobId}" in vendor.calls(after=before)


def test_explain_and_the_dry_run_use_the_default_template(
    vendor: Vendor, live: Connection, default: RequestTemplate, browser: Client
) -> None:
    job_id = vendor.job("Sales Lead")
    fired = {row.title: row.template.name for row in dry_run.table(live).rows if row.template and row.by_default}
    assert fired == {"Sales Lead": "General"}
    where = [live.organization.slug, "smartrecruiters"]
    assert "default: the job has no tag" in press(browser, reverse("events:dry_run", args=where)).content.decode()
    found = press(browser, reverse("events:dry_run_preview", args=where), {"job_id": job_id}).content.decode()
    assert "the default for jobs with an empty tag" in found
    vendor.move(*JONAS)
    explanation = explain.ask(live, "Jonas Lind").explanation
    assert explanation
    assert explanation.outcome == CLEAR
    assert "General, the default for jobs with an empty tag" in [check["detail"] for check in explanation.checks]


def test_the_checklist_counts_jobs_covered_by_the_default_template(
    vendor: Vendor, live: Connection, default: RequestTemplate, browser: Client
) -> None:
    checks.read(live)
    text = browser.get(url(live, "checklist")).content.decode()
    assert "Those start requests with the default template General." in text


def test_setting_and_clearing_the_default_template_is_audited(
    live: Connection, default: RequestTemplate, browser: Client
) -> None:
    browser.post(url(live, "default_template"), {"template": default.uid})
    browser.post(url(live, "default_template"), {"template": ""})
    with tenant(live.organization):
        assert Connection.objects.get().default_template is None
        lines = AuditEntry.objects.filter(action="connector.default_template").order_by("pk")
        assert [(line.before, line.after) for line in lines] == [
            ({"default_template": ""}, {"default_template": "General"}),
            ({"default_template": "General"}, {"default_template": ""}),
        ]


def test_only_a_live_template_of_the_organization_can_be_the_default(
    live: Connection, general: RequestTemplate, admin: User, browser: Client
) -> None:
    delete(live, general, admin)
    for odd in (str(general.uid), "x", "\x00", str(clock.now())):
        answer = browser.post(url(live, "default_template"), {"template": odd}, follow=True)
        assert "That template no longer exists" in answer.content.decode()
    with tenant(live.organization):
        assert Connection.objects.get().default_template is None
