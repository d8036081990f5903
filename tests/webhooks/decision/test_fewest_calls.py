"""How many calls a move costs, counted in the request log of the sandbox."""

import json
from datetime import timedelta

import pytest
import time_machine

from connectors.calls.gateway import open_ats
from connectors.company import job_cache
from connectors.models import CachedJob, Connection, DirectoryUser
from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.tenancy.scope import tenant
from tests.vendor import Vendor
from tests.webhooks.moves import deliver_event, event_of, events_of, ids_of, last_call, move_and_decide, requests_of
from webhooks.inbox.receive import store
from webhooks.models import InboundEvent

# The history says in one call which step the application is at, and whether that is as recent as the event.
APPLICATION, CANDIDATE = "GET /candidates/{id}/jobs/{jobId}/status/history", "GET /candidates/{id}"
JOB, TEAM = "GET /jobs/{jobId}", "GET /jobs/{jobId}/hiring-team"


def grow(vendor: Vendor, live: Connection) -> None:
    """A second candidate on a job that the first request put into the cache."""
    move_and_decide(live, vendor, "Maya Osei", "Backend Engineer")
    assert len(requests_of(live)) == 1


def test_a_move_to_another_step_costs_one_call(vendor: Vendor, live: Connection) -> None:
    before = last_call(vendor)
    event = move_and_decide(live, vendor, "Maya Osei", "Backend Engineer", step="On-site interview")
    assert event.outcome == "no.other_step"
    assert vendor.calls(after=before) == [APPLICATION]


def test_a_request_on_a_new_job_costs_four_calls_and_on_a_known_one_two(vendor: Vendor, live: Connection) -> None:
    before = last_call(vendor)
    assert move_and_decide(live, vendor, "Maya Osei", "Backend Engineer").outcome == "sent.matched"
    assert vendor.calls(after=before) == [APPLICATION, CANDIDATE, JOB, TEAM]
    before = last_call(vendor)
    assert move_and_decide(live, vendor, "Inês Duarte", "Backend Engineer").outcome == "sent.matched"
    assert vendor.calls(after=before) == [APPLICATION, CANDIDATE]


def test_an_unknown_user_costs_one_extra_call_once(vendor: Vendor, live: Connection) -> None:
    with tenant(live.organization):
        DirectoryUser.objects.filter(email="dana.ruiz@acme.example").delete()
    before = last_call(vendor)
    move_and_decide(live, vendor, "Maya Osei", "Backend Engineer")
    assert len(vendor.calls(after=before)) == 5
    before = last_call(vendor)
    move_and_decide(live, vendor, "Inês Duarte", "Backend Engineer")
    assert len(vendor.calls(after=before)) == 2


def test_a_changed_job_is_read_again(vendor: Vendor, live: Connection) -> None:
    grow(vendor, live)
    job_id = vendor.job("Backend Engineer")
    body = json.dumps({"id": job_id}).encode()
    assert deliver_event(live, body, event_id="changed", event_name="job.updated").outcome == "no.other_event"
    before = last_call(vendor)
    move_and_decide(live, vendor, "Inês Duarte", "Backend Engineer")
    assert vendor.calls(after=before) == [APPLICATION, CANDIDATE, JOB]


def test_a_changed_team_is_read_again(vendor: Vendor, live: Connection) -> None:
    grow(vendor, live)
    body = json.dumps({"id": vendor.job("Backend Engineer")}).encode()
    deliver_event(live, body, event_id="changed", event_name="job.hiring-team.updated")
    before = last_call(vendor)
    move_and_decide(live, vendor, "Inês Duarte", "Backend Engineer")
    assert vendor.calls(after=before) == [APPLICATION, CANDIDATE, TEAM]


@pytest.mark.parametrize("half", ["job", "team"])
def test_a_read_within_a_minute_of_a_change_is_not_cached(vendor: Vendor, live: Connection, half: str) -> None:
    grow(vendor, live)
    vendor.tell("switches", read_lag=30)
    job_id = vendor.job("Backend Engineer")
    dana = next(user["id"] for user in vendor.ask("state")["users"] if user["name"] == "Dana Ruiz")
    if half == "job":
        vendor.tell("job-tag", job_id=job_id, tag="newer")
    else:
        vendor.tell("team/leave", job_id=job_id, user_id=dana)
    name = {"job": "job.updated", "team": "job.hiring-team.updated"}[half]
    deliver_event(live, json.dumps({"id": job_id}).encode(), event_id="changed", event_name=name)
    assert "newer" not in read_both(live, job_id)
    assert known_half(live, half) is None
    vendor.tell("advance", seconds=61)
    with time_machine.travel(timedelta(seconds=61)):
        seen = read_both(live, job_id)
    assert known_half(live, half) is not None
    assert "newer" in seen if half == "job" else dana not in seen


def read_both(live: Connection, job_id: str) -> str:
    opened = open_ats(live)
    return f"{job_cache.job(live, opened, job_id)[0].fields} {job_cache.hiring_team(live, opened, job_id)}"


def known_half(live: Connection, half: str) -> object:
    with tenant(live.organization):
        return getattr(CachedJob.objects.get(), half)


def test_a_cached_job_never_stops_a_request(vendor: Vendor, live: Connection) -> None:
    vendor.tell("job-tag", job_id=vendor.job("Backend Engineer"), tag="")
    assert move_and_decide(live, vendor, "Maya Osei", "Backend Engineer").outcome == "no.tag_empty"
    vendor.tell("job-tag", job_id=vendor.job("Backend Engineer"), tag="eng")
    event = move_and_decide(live, vendor, "Inês Duarte", "Backend Engineer")
    assert event.outcome == "sent.matched"
    assert [check["result"] for check in event.checks] == ["ok"] * len(event.checks)


def test_a_job_is_cached_for_at_most_a_day(vendor: Vendor, live: Connection) -> None:
    grow(vendor, live)
    with tenant(live.organization):
        CachedJob.objects.update(job_read_at=clock.now() - timedelta(days=1, seconds=1))
    before = last_call(vendor)
    move_and_decide(live, vendor, "Inês Duarte", "Backend Engineer")
    assert JOB in vendor.calls(after=before)


def test_a_job_that_changes_while_it_is_read_is_not_cached(vendor: Vendor, live: Connection) -> None:
    job_id = vendor.job("Backend Engineer")
    with tenant(live.organization), time_machine.travel(timedelta(seconds=5)):
        CachedJob.objects.create(organization=live.organization, connection=live, ats_id=job_id)
        job_cache.invalidate_job(live, job_id)
    move_and_decide(live, vendor, "Maya Osei", "Backend Engineer")
    with tenant(live.organization):
        row = CachedJob.objects.get()
    assert row.job is None
    assert row.team is not None


def test_a_burst_of_one_application_costs_the_calls_of_one(vendor: Vendor, live: Connection) -> None:
    vendor.move("Maya Osei", "Backend Engineer")
    for number in range(20):
        body = ids_of(vendor, "Maya Osei", "Backend Engineer")
        store(connection=live, event_id=f"burst-{number}", event_name="application.status.updated", body=body)
    before = last_call(vendor)
    work_item.drain(InboundEvent)
    assert len(vendor.calls(after=before)) == 4
    outcomes = [event.outcome for event in events_of(live)]
    assert sorted(outcomes) == ["no.duplicate"] * 19 + ["sent.matched"]
    assert {event.reference_request_uid for event in events_of(live)} == {requests_of(live)[0].uid}


def test_an_event_that_arrives_after_the_read_is_decided_on_its_own(vendor: Vendor, live: Connection) -> None:
    move_and_decide(live, vendor, "Maya Osei", "Backend Engineer", step="On-site interview")
    event_id = vendor.move("Maya Osei", "Backend Engineer")
    deliver_event(live, ids_of(vendor, "Maya Osei", "Backend Engineer"), event_id=event_id)
    assert event_of(live, event_id).outcome == "sent.matched"
