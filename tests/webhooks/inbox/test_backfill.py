"""Moves that the ATS could not deliver are recovered and handled once."""

from datetime import timedelta

import pytest
import requests
import time_machine
from django.test import Client
from django.urls import reverse

from connectors import ats
from connectors.calls.gateway import open_ats
from connectors.connection import connect, webhook_subscription
from connectors.models import Connection, SigningKey, Subscription
from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.tenancy.models import User
from crosschq.tenancy.scope import tenant
from tests.factories import signed_in
from tests.vendor import Vendor, connected
from tests.webhooks.moves import deliver_event, event_of, events_of, ids_of, last_call, move_and_decide, requests_of
from webhooks import connection_jobs
from webhooks.inbox import backfill
from webhooks.inbox.receive import STEP_SCAN_EVENT, store
from webhooks.models import ConnectionJob, ConnectionJobKind, InboundEvent

SEARCH, HISTORY = "GET /candidates", "GET /candidates/{id}/jobs/{jobId}/status/history"


def fail_deliveries(vendor: Vendor, live: Connection) -> None:
    """Make our endpoint unknown, so that what is delivered fails, without the vendor knowing why."""
    with tenant(live.organization):
        Subscription.objects.update(path_hash=b"unreachable".ljust(32))


def run(live: Connection, kind: ConnectionJobKind) -> ConnectionJob:
    connection_jobs.plan()
    with tenant(live.organization):
        ConnectionJob.objects.exclude(kind=kind).update(available_at=clock.now() + timedelta(days=365))
        ConnectionJob.objects.filter(kind=kind).update(available_at=clock.now())
    work_item.drain(ConnectionJob)
    work_item.drain(InboundEvent)
    with tenant(live.organization):
        chore: ConnectionJob = ConnectionJob.objects.get(kind=kind)
    return chore


def test_failed_deliveries_are_recovered_from_the_log_with_their_ids(vendor: Vendor, live: Connection) -> None:
    fail_deliveries(vendor, live)
    event_id = vendor.move("Maya Osei", "Backend Engineer")
    vendor.tell("release")
    assert events_of(live) == []
    chore = run(live, ConnectionJobKind.BACKFILL_LOG)
    assert (chore.state, chore.reason) == (WorkState.PENDING, "")
    assert event_of(live, event_id).outcome == "sent.matched"
    run(live, ConnectionJobKind.BACKFILL_LOG)
    assert len(events_of(live)) == len(requests_of(live)) == 1


def test_a_suspended_subscription_is_reactivated_and_missed_moves_are_recovered(
    vendor: Vendor, live: Connection
) -> None:
    vendor.tell("switches", suspend_after=1)
    with tenant(live.organization):
        path_hash = bytes(Subscription.objects.get().path_hash)
    fail_deliveries(vendor, live)
    event_id = vendor.move("Maya Osei", "Backend Engineer")
    vendor.tell("release")
    assert vendor.ask("state")["subscriptions"][0]["status"] == "inactive"
    with tenant(live.organization):
        Subscription.objects.update(path_hash=path_hash)
    run(live, ConnectionJobKind.BACKFILL_LOG)
    assert [s["status"] for s in vendor.ask("state")["subscriptions"]] == ["active"]
    assert event_of(live, event_id).outcome == "sent.matched"


def test_a_deleted_subscription_is_created_again(vendor: Vendor, live: Connection) -> None:
    with tenant(live.organization):
        subscription = Subscription.objects.get()
    open_ats(live).delete_webhook(subscription.vendor_id)
    run(live, ConnectionJobKind.BACKFILL_LOG)
    (found,) = vendor.ask("state")["subscriptions"]
    assert (found["status"], found["live_keys"]) == ("active", 1)
    assert found["id"] != subscription.vendor_id


def test_a_candidate_at_the_step_without_an_event_gets_a_request(vendor: Vendor, live: Connection) -> None:
    vendor.move("Maya Osei", "Backend Engineer")
    run(live, ConnectionJobKind.SCAN_STEP)
    assert [event.outcome for event in events_of(live)] == ["sent.matched"]
    run(live, ConnectionJobKind.SCAN_STEP)
    assert len(requests_of(live)) == 1


def test_a_candidate_with_an_event_is_not_stored_again(vendor: Vendor, live: Connection) -> None:
    deliver_event(
        live, ids_of(vendor, "Maya Osei", "Backend Engineer"), event_id=vendor.move("Maya Osei", "Backend Engineer")
    )
    run(live, ConnectionJobKind.SCAN_STEP)
    assert [event.outcome for event in events_of(live)] == ["sent.matched"]


def test_a_candidate_at_the_step_before_requests_were_on_needs_a_member(
    vendor: Vendor, live: Connection, admin: User, client: Client
) -> None:
    vendor.move("Maya Osei", "Backend Engineer")
    with tenant(live.organization):
        connect.switch_requests(connection=live, on=False, actor=admin)
    with time_machine.travel(timedelta(minutes=1)), tenant(live.organization):
        connect.switch_requests(connection=live, on=True, actor=admin)
        live.refresh_from_db()
    # Their record changed since, so the search would list them; they did not move.
    ids = vendor.candidate_id("Maya Osei"), vendor.job("Backend Engineer")
    store(connection=live, event_id="step:found", event_name=STEP_SCAN_EVENT, ids=ids)
    work_item.drain(InboundEvent)
    (event,) = events_of(live)
    assert event.outcome == "no.stood_there"
    assert requests_of(live) == []
    send_all_the_same(client, admin, event)
    assert len(requests_of(live)) == 1


def test_a_lost_move_after_a_known_event_is_found(vendor: Vendor, live: Connection) -> None:
    vendor.tell("switches", update_time_covers_moves=False)
    run(live, ConnectionJobKind.SCAN_STEP)
    assert (
        move_and_decide(live, vendor, "Maya Osei", "Backend Engineer", step="On-site interview").outcome
        == "no.other_step"
    )
    vendor.move("Maya Osei", "Backend Engineer")
    run(live, ConnectionJobKind.SCAN_STEP)
    assert [event.outcome for event in events_of(live)] == ["no.other_step", "sent.matched"]
    before = last_call(vendor)
    run(live, ConnectionJobKind.SCAN_STEP)
    assert vendor.calls(after=before) == [SEARCH, HISTORY]
    assert len(events_of(live)) == 2


def test_a_lost_return_to_the_step_is_found(vendor: Vendor, live: Connection) -> None:
    vendor.tell("job-tag", job_id=vendor.job("Backend Engineer"), tag="")
    assert move_and_decide(live, vendor, "Maya Osei", "Backend Engineer").outcome == "no.tag_empty"
    run(live, ConnectionJobKind.SCAN_STEP)
    assert len(events_of(live)) == 1
    vendor.tell("job-tag", job_id=vendor.job("Backend Engineer"), tag="eng")
    vendor.move("Maya Osei", "Backend Engineer", step="On-site interview")
    vendor.move("Maya Osei", "Backend Engineer")
    run(live, ConnectionJobKind.SCAN_STEP)
    assert [event.outcome for event in events_of(live)] == ["no.tag_empty", "sent.matched"]


def test_another_application_of_a_candidate_is_not_read_every_hour(vendor: Vendor, live: Connection) -> None:
    maya, sales = vendor.candidate_id("Maya Osei"), vendor.job("Sales Lead")
    vendor.tell("merge", candidate_id=maya, other_id=vendor.candidate_id("Jonas Lind"))
    vendor.move("Maya Osei", "Backend Engineer")
    run(live, ConnectionJobKind.SCAN_STEP)
    outcomes = {event.job_id: event.outcome for event in events_of(live)}
    assert outcomes.pop(sales) == "no.other_step"
    run(live, ConnectionJobKind.SCAN_STEP)
    assert len(events_of(live)) == len(outcomes) + 1


def test_hourly_lookups_are_limited_and_take_turns(
    vendor: Vendor, live: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backfill, "MAX_HISTORIES", 2)
    people = {f"c{number}": backfill.Decisions(stays=(clock.now(),)) for number in range(5)}
    known = {(person, "j"): decided for person, decided in people.items()}
    known["lost", "j"] = backfill.Decisions(elsewhere=True)
    known["waiting", "j"] = backfill.Decisions(undecided=True)
    standing = [ats.CandidateSummary(person, "", "", "", ("j",)) for person in (*people, "lost", "waiting")]
    seen, start = set(), clock.now()
    for hour in range(5):
        with time_machine.travel(start + timedelta(hours=hour), tick=False):
            chosen = [person for person, _job in backfill._to_compare(standing, known)]
        assert chosen[0] == "lost"
        assert len(chosen) == 2
        seen |= set(chosen)
    assert seen == {*people, "lost"}


def send_all_the_same(client: Client, admin: User, event: InboundEvent) -> None:
    slug = admin.memberships.get().organization.slug
    browser = signed_in(client, admin)
    page = browser.get(reverse("events:detail", args=[slug, "smartrecruiters", event.uid])).content.decode()
    assert "Send anyway" in page
    browser.post(reverse("events:try_again", args=[slug, "smartrecruiters", event.uid]))
    work_item.drain(InboundEvent)


def test_a_move_older_than_48_hours_needs_a_confirmation(
    vendor: Vendor, live: Connection, admin: User, client: Client
) -> None:
    event_id = vendor.move("Maya Osei", "Backend Engineer")
    old = clock.now() - timedelta(hours=49)
    event = deliver_event(live, ids_of(vendor, "Maya Osei", "Backend Engineer"), event_id=event_id, happened_at=old)
    assert (event.state, event.outcome) == (WorkState.HELD, "hold.old")
    assert "so a request may no longer be needed" in event.sentence
    work_item.release(held_for=live.sign_in_hold)
    assert requests_of(live) == []
    send_all_the_same(client, admin, event)
    assert len(requests_of(live)) == 1


def test_the_step_is_not_read_while_requests_are_off(vendor: Vendor, live: Connection, admin: User) -> None:
    with tenant(live.organization):
        connect.switch_requests(connection=live, on=False, actor=admin)
    before = last_call(vendor)
    run(live, ConnectionJobKind.SCAN_STEP)
    assert vendor.calls(after=before) == []


def test_rotating_the_key_rejects_no_delivery(vendor: Vendor, live: Connection) -> None:
    webhook_subscription.rotate_key(live, open_ats(live))
    with tenant(live.organization):
        old, new = SigningKey.objects.order_by("pk")
    assert old.valid_until
    assert old.valid_until > clock.now() + timedelta(hours=24)
    assert new.valid_until is None
    event_id = vendor.move("Maya Osei", "Backend Engineer")
    vendor.tell("release")
    assert event_of(live, event_id).event_name == "application.status.updated"
    vendor.tell("advance", seconds=25 * 3600)
    with time_machine.travel(timedelta(hours=25, minutes=1)):
        later = vendor.move("Inês Duarte", "Backend Engineer")
        vendor.tell("advance", seconds=0)
    assert event_of(live, later).event_id == later


def test_only_an_idle_connection_is_refreshed_weekly(vendor: Vendor, live: Connection) -> None:
    before = last_call(vendor)
    run(live, ConnectionJobKind.KEEP_ALIVE)
    assert "POST /identity/oauth/token" not in vendor.calls(after=before)
    with tenant(live.organization):
        Connection.objects.update(token_stored_at=clock.now() - timedelta(days=7, seconds=1))
    run(live, ConnectionJobKind.KEEP_ALIVE)
    assert vendor.calls(after=before).count("POST /identity/oauth/token") == 1


def test_each_connection_job_waits_while_access_is_revoked_and_then_continues(
    vendor: Vendor, live: Connection, admin: User
) -> None:
    connection_jobs.plan()
    with tenant(live.organization):
        connect.switch_requests(connection=live, on=True, actor=admin)
        Connection.objects.update(state="needs_sign_in")
    for kind in ConnectionJobKind:
        chore = run(live, kind)
        assert (chore.state, chore.held_for) == (WorkState.HELD, live.sign_in_hold), kind
    connected(vendor, live.organization, admin)
    for kind in ConnectionJobKind:
        assert run(live, kind).state == WorkState.PENDING, kind


def test_a_busy_ats_postpones_a_connection_job_without_ending_it(vendor: Vendor, live: Connection) -> None:
    vendor.tell("faults", route="*", kind="status", status=503, times=100)
    for _ in range(12):
        run(live, ConnectionJobKind.BACKFILL_LOG)
    chore = run(live, ConnectionJobKind.BACKFILL_LOG)
    assert chore.state == WorkState.PENDING
    assert "busy or down" in chore.reason
    vendor.tell("faults/clear")
    assert run(live, ConnectionJobKind.BACKFILL_LOG).reason == ""


def test_each_live_connection_has_each_job_once(live: Connection) -> None:
    connection_jobs.plan()
    assert connection_jobs.plan() == 0
    with tenant(live.organization):
        assert sorted(ConnectionJob.objects.values_list("kind", flat=True)) == sorted(ConnectionJobKind)
        ConnectionJob.objects.filter(kind=ConnectionJobKind.SCAN_STEP).update(state=WorkState.DEAD)
    assert connection_jobs.plan() == 1


def test_the_sandbox_and_the_product_agree_on_what_is_subscribed_to(vendor: Vendor, live: Connection) -> None:
    (subscription,) = vendor.ask("state")["subscriptions"]
    changes = ["application.status.updated", "job.updated", "job.hiring-team.updated"]
    assert subscription["events"] == [*changes, "candidate.deleted"]
    assert requests.get(vendor.url, timeout=60).status_code == 200
