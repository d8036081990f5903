"""The checklist reads the ATS as it is now: each misconfiguration is reported, and each fix is noticed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from requests import Response

from connectors.calls.gateway import open_ats
from connectors.company import job_cache
from connectors.connection import connect
from connectors.models import Connection, ConnectionState, SetupCheck, Subscription
from connectors.setup import checklist, checks
from connectors.setup.checklist_items import ChecklistItem
from connectors.setup.permissions import permission_states
from connectors.smartrecruiters import oauth
from connectors.smartrecruiters.permissions import PERMISSIONS
from crosschq.core import clock
from crosschq.core.database import rls
from crosschq.core.outbox import work_item
from crosschq.core.web import http
from crosschq.tenancy.models import Organization, Role, User
from crosschq.tenancy.scope import tenant
from tests.background import press
from tests.connected import already_connected, member_made_once
from tests.extent import first_of
from tests.factories import signed_in
from tests.templates_app.factories import make_template
from tests.vendor import Vendor, connected
from webhooks import connection_jobs
from webhooks.models import ConnectionJob, ConnectionJobKind


@pytest.fixture
def admin(transactional_db: None, rows_made_once: None) -> User:
    return member_made_once(Role.ADMIN)


@pytest.fixture
def acme(admin: User) -> Organization:
    return admin.memberships.get().organization


def deliveries_wait(vendor: Vendor, connection: Connection, user: User) -> None:
    vendor.tell("hold")


@pytest.fixture
def live(vendor: Vendor, admin: User) -> Connection:
    """A connection to the sandbox as seeded: the field exists, and the process Interns lacks the step."""
    return already_connected(vendor, admin, then=deliveries_wait)


def item(connection: Connection, key: str, *, anew: bool = True) -> ChecklistItem:
    if anew:
        checks.read(connection)
    with tenant(connection.organization):
        row = Connection.objects.select_related("organization").get(pk=connection.pk)
        return checklist.build(row).item(key)


def said(found: ChecklistItem) -> str:
    return " ".join([found.title, found.text, *found.evidence])


def test_results_are_stored_with_their_time_and_shown_without_calls(
    vendor: Vendor, live: Connection, acme: Organization, client: Client, admin: User
) -> None:
    signed_in(client, admin)
    page = reverse("connectors:manage", args=[acme.slug, "smartrecruiters"])
    assert "not checked yet" in client.get(page).content.decode()
    checks.read(live)
    last = vendor.ask("requests")[-1]["seq"]
    text = client.get(page).content.decode()
    assert "checked just now" in text
    assert vendor.calls(after=last) == []


def test_no_call_is_made_inside_a_transaction(
    vendor: Vendor, live: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside: list[bool] = []
    call = http.call

    def watched(*given: Any, **named: Any) -> Response:
        inside.append(rls.in_scope())
        return call(*given, **named)

    monkeypatch.setattr(http, "call", watched)
    checks.read(live)
    assert inside
    assert not any(inside)


def test_a_correct_field_is_described(live: Connection) -> None:
    found = item(live, "field")
    assert (found.state, found.evidence) == ("done", ["free text · job · internal · active"])


def test_a_missing_field_is_reported_with_instructions_and_noticed_once_created(
    vendor: Vendor, live: Connection
) -> None:
    vendor.tell("job-field", label="Crosschq tag", remove=True)
    found = item(live, "field")
    assert (found.state, found.text, found.how) == ("todo", "Missing", "field_missing")
    with tenant(live.organization):
        assert Connection.objects.get().field_id == ""
    vendor.tell("job-field", label="Crosschq tag", make=True)
    assert item(live, "field").state == "done"
    with tenant(live.organization):
        assert Connection.objects.get().field_id


def test_a_renamed_field_is_recognized_as_similar(vendor: Vendor, live: Connection) -> None:
    vendor.tell("job-field", label="Crosschq tag", rename="Crosschq tags")
    assert "There is “Crosschq tags”. Rename it in SmartRecruiters" in said(item(live, "field"))


def test_an_inactive_field_is_reported(vendor: Vendor, live: Connection) -> None:
    vendor.tell("job-field", label="Crosschq tag", active=False)
    found = item(live, "field")
    assert (found.state, found.text, found.how) == ("problem", "Inactive", "field_inactive")
    vendor.tell("job-field", label="Crosschq tag", active=True)
    assert item(live, "field").state == "done"


def test_a_field_in_another_category_is_distinguished_from_ours(vendor: Vendor, live: Connection) -> None:
    vendor.tell("job-field", label="Crosschq tag", category="organization")
    found = item(live, "field")
    assert (found.state, found.text) == ("problem", "Wrong category")
    assert "has the category organization, but needs the category job" in said(found)
    assert item(live, "jobs", anew=False).text == "Needs the job field first"
    vendor.tell("job-field", label="Crosschq tag", rename="Old tag")
    vendor.tell("job-field", label="Crosschq tag", make=True)
    assert item(live, "field").state == "done"


def test_a_list_field_works_too_and_is_noted(vendor: Vendor, live: Connection) -> None:
    vendor.tell("job-field", label="Crosschq tag", values=["eng", "sales"])
    found = item(live, "field")
    assert found.state == "done"
    assert "A list works too" in said(found)


def test_a_public_field_is_noted(vendor: Vendor, live: Connection) -> None:
    vendor.tell("job-field", label="Crosschq tag", visible=True)
    found = item(live, "field")
    assert found.state == "done"
    assert "With public visibility, candidates see the tag" in said(found)


def test_processes_without_the_step_are_named(vendor: Vendor, live: Connection) -> None:
    found = item(live, "step")
    assert (found.state, found.text) == ("done", "In 2 of 3")
    assert "Missing in: Interns." in said(found)
    vendor.tell("step", process="Interns", status="INTERVIEW", name="CROSSCHQ ")
    assert item(live, "step").evidence == ["In all 3 processes"]
    with tenant(live.organization):
        row = SetupCheck.objects.get()
        row.snapshot["processes"] = row.snapshot["processes"][:1]
        row.save()
    assert item(live, "step", anew=False).evidence == ["In the only process"]


def test_a_step_missing_everywhere_is_reported_with_a_similar_one(vendor: Vendor, live: Connection) -> None:
    for process, status in (("Standard", "INTERVIEW"), ("Executive", "OFFERED")):
        vendor.tell("step", process=process, status=status, name="Crosschq", remove=True)
    vendor.tell("step", process="Standard", status="INTERVIEW", name="Cross chq")
    found = item(live, "step")
    assert (found.state, found.text) == ("todo", "In 0 of 3")
    assert "Standard has the step “Cross chq”." in said(found)


def test_open_jobs_are_grouped_by_their_tag(vendor: Vendor, live: Connection, acme: Organization) -> None:
    found = item(live, "jobs")
    assert found.text == "Needs a template first"
    assert "“data-eu”" in said(found)
    make_template(acme, name="Engineering", ats_tag="eng")
    make_template(acme, name="Data", ats_tag="data")
    found = item(live, "jobs", anew=False)
    assert (found.state, found.text) == ("done", "3 of 6")
    assert "1 without a tag: Sales Lead." in said(found)
    assert "Data Analyst has the tag “data-eu”, which no template has. Closest: “data”." in said(found)
    vendor.tell("job-tag", job_id=vendor.job("Sales Lead"), tag="ENG")
    assert item(live, "jobs").text == "4 of 6"


def test_many_jobs_are_read_in_batches(vendor: Vendor, live: Connection, acme: Organization) -> None:
    make_template(acme, name="Engineering", ats_tag="eng")
    seen = checks.read(live, jobs_at_most=2)
    assert (len(seen.jobs), seen.open_jobs) == (2, 6)
    assert "2 of 6 open jobs were checked" in said(item(live, "jobs", anew=False))
    assert len(checks.read(live, jobs_at_most=2).jobs) == 4
    before = vendor.ask("requests")[-1]["seq"]
    checks.read(live, jobs_at_most=3)
    assert vendor.calls(after=before).count("GET /jobs/{jobId}") == 3


def test_a_job_that_a_check_read_is_cached_for_the_next_move(vendor: Vendor, live: Connection) -> None:
    checks.read(live)
    _job, remembered = job_cache.job(live, open_ats(live), vendor.job("Backend Engineer"))
    assert remembered


def test_a_revoked_grant_is_reported_and_a_new_one_noticed(vendor: Vendor, live: Connection, admin: User) -> None:
    vendor.tell("revoke")
    with tenant(live.organization):
        Connection.objects.update(token_stored_at=clock.now() - timedelta(hours=1))
    found = item(live, "sign_in")
    assert (found.state, found.text) == ("problem", "Needs sign-in")
    assert found.action
    assert found.action.label == "Reconnect"
    connected(vendor, live.organization, admin)
    assert item(live, "sign_in").state == "done"


@pytest.mark.parametrize("how", first_of(["deleted", "suspended"]))
def test_a_stopped_webhook_is_reported_and_fixed_by_its_button(
    vendor: Vendor, live: Connection, client: Client, admin: User, how: str
) -> None:
    if how == "deleted":
        with tenant(live.organization):
            hook = live.subscriptions.get()
        open_ats(live).delete_webhook(hook.vendor_id)
    else:
        suspend(vendor, live)
    found = item(live, "webhook")
    assert (found.state, found.text) == ("problem", "Suspended" if how == "suspended" else "Missing")
    signed_in(client, admin)
    page = client.get(reverse("connectors:manage", args=[live.organization.slug, "smartrecruiters"])).content.decode()
    assert "notify Crosschq of moves" in page
    assert found.action
    press(client, found.action.url)
    assert item(live, "webhook", anew=False).state == "done"
    assert [it["status"] for it in vendor.ask("state")["subscriptions"]] == ["active"]


def suspend(vendor: Vendor, live: Connection) -> None:
    """Let the ATS suspend the subscription. One failed delivery is enough with this switch."""
    vendor.tell("switches", suspend_after=1)
    with tenant(live.organization):
        path_hash = bytes(Subscription.objects.get().path_hash)
        Subscription.objects.update(path_hash=b"nobody knows this address")
    vendor.move("Maya Osei", "Backend Engineer")
    vendor.tell("release")
    with tenant(live.organization):
        Subscription.objects.update(path_hash=path_hash)


def test_unreadable_company_settings_block_nothing_else(
    vendor: Vendor, acme: Organization, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = connected_without("configuration_read", vendor, acme, admin, monkeypatch)
    found = item(live, "settings")
    assert (found.state, found.text, found.how) == ("todo", "Not allowed", "settings")
    assert "Access Company Settings" in said(found)
    assert item(live, "field", anew=False).state == "cannot"
    assert item(live, "step", anew=False).state == "cannot"
    make_template(acme, name="Engineering", ats_tag="eng")
    assert item(live, "jobs", anew=False).text == "3 of 6"
    monkeypatch.undo()
    connected(vendor, acme, admin)
    assert item(live, "settings").state == "done"


def test_a_missing_permission_is_marked_in_the_table(
    vendor: Vendor, acme: Organization, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = connected_without("jobs_read", vendor, acme, admin, monkeypatch)
    seen = checks.read(live)
    states = {permission.scope: state for permission, state in permission_states(PERMISSIONS, live, seen)}
    assert states["jobs_read"] == "missing"
    assert states["candidates_read"] == states["webhooks_manage"] == states["users_read"] == "ok"
    assert states["messages_write"] == "", "a note would have to be written to try it"
    assert "Access Jobs" in said(item(live, "jobs", anew=False))


def connected_without(
    scope: str, vendor: Vendor, acme: Organization, admin: User, monkeypatch: pytest.MonkeyPatch
) -> Connection:
    # company_read: we need to know which company it is, and either scope tells us.
    monkeypatch.setattr(oauth, "SCOPES", (*(known for known in oauth.SCOPES if known != scope), "company_read"))
    return connected(vendor, acme, admin)


def test_a_vendor_that_is_down_is_called_once(vendor: Vendor, live: Connection) -> None:
    vendor.tell("faults", route="*", kind="status", status=503, times=100)
    before = vendor.ask("requests")[-1]["seq"]
    seen = checks.read(live)
    assert not seen.works
    assert len(vendor.calls(after=before)) == 1
    found = item(live, "field", anew=False)
    assert (found.state, found.text) == ("cannot", "Couldn't be read")
    assert "busy or down" in said(found)


def test_the_last_items_need_no_call(vendor: Vendor, live: Connection, acme: Organization, admin: User) -> None:
    checks.read(live)
    assert item(live, "template", anew=False).state == "todo"
    assert item(live, "switch", anew=False).state == "todo"
    assert item(live, "first", anew=False).state == "cannot"
    make_template(acme, name="Engineering", ats_tag="eng")
    with tenant(acme):
        connect.switch_requests(connection=live, on=True, actor=admin)
    assert item(live, "template", anew=False).state == "done"
    assert item(live, "switch", anew=False).state == "done"
    assert item(live, "first", anew=False).state == "todo"


def test_a_check_of_an_old_field_name_does_not_change_the_id_of_the_new_one(vendor: Vendor, live: Connection) -> None:
    with tenant(live.organization):
        Connection.objects.update(field_name="Another", field_id="another")
    checks.read(live)
    with tenant(live.organization):
        assert Connection.objects.get().field_id == "another"
        assert SetupCheck.objects.count() == 1


def test_the_current_connection_state_overrides_stored_results(vendor: Vendor, live: Connection) -> None:
    checks.read(live)
    with tenant(live.organization):
        Connection.objects.update(state=ConnectionState.NEEDS_SIGN_IN)
    assert item(live, "sign_in", anew=False).state == "problem"


def test_the_checklist_is_checked_daily(vendor: Vendor, live: Connection) -> None:
    connection_jobs.plan()
    with tenant(live.organization):
        ConnectionJob.objects.exclude(kind=ConnectionJobKind.READ_DIRECTORY).delete()
        ConnectionJob.objects.update(available_at=clock.now())
    work_item.drain(ConnectionJob)
    assert item(live, "field", anew=False).state == "done"


def test_a_disconnected_connection_is_not_checked(
    vendor: Vendor, live: Connection, client: Client, admin: User
) -> None:
    connect.disconnect(connection=live, actor=admin)
    signed_in(client, admin)
    before = vendor.ask("requests")[-1]["seq"]
    answer = press(client, reverse("connectors:check", args=[live.organization.slug, "smartrecruiters"]))
    assert "Connect first" in answer.content.decode()
    assert vendor.calls(after=before) == []
