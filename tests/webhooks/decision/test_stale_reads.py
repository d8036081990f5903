"""Reads that lag behind events: a move is still decided correctly, and an ordinary one costs one call."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from connectors.ats import StatusChange
from connectors.models import Connection
from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.tenancy.scope import tenant
from tests.vendor import Vendor
from tests.webhooks.moves import deliver_event, event_of, events_of, ids_of, last_call, move_and_decide, requests_of
from webhooks.decision.stale_reads import MoveEvent, staleness, stay_began
from webhooks.inbox.receive import store
from webhooks.models import InboundEvent

HISTORY, APPLICATION = "GET /candidates/{id}/jobs/{jobId}/status/history", "GET /candidates/{id}/jobs/{jobId}"
MAYA = ("Maya Osei", "Backend Engineer")
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.fixture
def slow(vendor: Vendor, live: Connection) -> Vendor:
    """Reads lag 20 seconds behind events."""
    vendor.tell("advance", seconds=3600)
    vendor.tell("switches", read_lag=20)
    return vendor


def later(seconds: int) -> time_machine.travel:
    return time_machine.travel(timedelta(seconds=seconds))


def an_hour_later() -> time_machine.travel:
    """The vendor's clock is an hour ahead by now."""
    return later(3600)


def move_and_deliver(vendor: Vendor, live: Connection, step: str = "Crosschq") -> InboundEvent:
    event_id = vendor.move(*MAYA, step=step)
    return deliver_event(live, ids_of(vendor, *MAYA), event_id=event_id)


def wait(vendor: Vendor, seconds: int, *, passed: int) -> None:
    """Move both clocks forward. `passed`: how much time had already passed."""
    vendor.tell("advance", seconds=seconds)
    with later(3600 + passed + seconds):
        work_item.drain(InboundEvent)


def about_applications(vendor: Vendor, before: int) -> list[str]:
    """A new token may be fetched in between, since the product's clock is moved."""
    return [call for call in vendor.calls(after=before) if call in (HISTORY, APPLICATION)]


def test_a_move_that_is_not_visible_yet_is_read_again_and_sent(slow: Vendor, live: Connection) -> None:
    slow.tell("switches", read_lag=50)
    with an_hour_later():
        event = move_and_deliver(slow, live)
        assert (event.state, event.outcome) == (WorkState.PENDING, "")
        # Clocks move along while a test runs, on a busy machine by some seconds.
        assert timedelta() < event.available_at - clock.now() <= timedelta(seconds=15)
        assert "doesn't show this move yet" in event.reason
    wait(slow, 16, passed=0)
    again = event_of(live, event.event_id)
    assert (again.state, again.outcome) == (WorkState.PENDING, "")
    assert again.available_at - event.available_at == timedelta(seconds=60)
    wait(slow, 60, passed=16)
    assert event_of(live, event.event_id).outcome == "sent.matched"
    assert len(requests_of(live)) == 1


def test_a_move_to_another_step_is_final_once_reads_can_no_longer_lag(slow: Vendor, live: Connection) -> None:
    slow.tell("switches", read_lag=100_000)
    before = last_call(slow)
    with an_hour_later():
        event = move_and_deliver(slow, live)
    wait(slow, 16, passed=0)
    wait(slow, 60, passed=16)
    assert event_of(live, event.event_id).outcome == "no.other_step"
    assert about_applications(slow, before) == [HISTORY, APPLICATION, HISTORY, APPLICATION, HISTORY]


def test_an_ordinary_move_that_is_visible_costs_one_call(vendor: Vendor, live: Connection) -> None:
    before = last_call(vendor)
    event = move_and_deliver(vendor, live, step="On-site interview")
    assert (event.state, event.outcome) == (WorkState.DONE, "no.other_step")
    assert vendor.calls(after=before) == [HISTORY]


def test_a_burst_of_one_application_waits_once(slow: Vendor, live: Connection) -> None:
    with an_hour_later():
        slow.move(*MAYA)
        for number in range(20):
            name = "application.status.updated"
            store(connection=live, event_id=f"b-{number}", event_name=name, body=ids_of(slow, *MAYA))
        before = last_call(slow)
        work_item.drain(InboundEvent)
        assert about_applications(slow, before) == [HISTORY, APPLICATION]
    waiting = [event for event in events_of(live) if event.event_id.startswith("b-")]
    assert len({event.available_at for event in waiting}) == 1
    before = last_call(slow)
    wait(slow, 21, passed=0)
    assert slow.calls(after=before).count(HISTORY) == 1
    outcomes = sorted(event.outcome for event in events_of(live) if event.event_id.startswith("b-"))
    assert outcomes == ["no.duplicate"] * 19 + ["sent.matched"]


def test_a_move_that_arrives_while_another_waits_is_decided_with_it(slow: Vendor, live: Connection) -> None:
    with an_hour_later():
        first = move_and_deliver(slow, live, step="On-site interview")
        assert first.state == WorkState.PENDING
    slow.tell("advance", seconds=5)
    with later(3605):
        second = move_and_deliver(slow, live)
    slow.tell("advance", seconds=21)
    with later(3626):
        work_item.drain(InboundEvent)
    assert {event_of(live, one.event_id).outcome for one in (first, second)} == {"sent.matched", "no.duplicate"}
    assert len(requests_of(live)) == 1


def test_a_rejection_that_is_visible_late_still_pauses_the_request(slow: Vendor, live: Connection) -> None:
    slow.tell("switches", read_lag=0)
    with an_hour_later():
        assert move_and_deliver(slow, live).outcome == "sent.matched"
    slow.tell("advance", seconds=600)
    slow.tell("switches", read_lag=20)
    event_id = slow.move(*MAYA, status="REJECTED", step=None)
    with later(4200):
        rejected = deliver_event(live, ids_of(slow, *MAYA), event_id=event_id)
        assert (rejected.state, rejected.outcome) == (WorkState.PENDING, "")
    wait(slow, 21, passed=600)
    assert event_of(live, event_id).outcome == "no.other_step"
    assert requests_of(live)[0].paused_until is not None


def test_other_applications_go_first(slow: Vendor, live: Connection) -> None:
    with an_hour_later():
        waiting = move_and_deliver(slow, live)
        slow.tell("switches", read_lag=0)
        other = move_and_decide(live, slow, "Inês Duarte", "Backend Engineer")
    assert other.outcome == "sent.matched"
    assert event_of(live, waiting.event_id).outcome == ""


def test_an_application_that_is_newer_than_its_history_counts(
    slow: Vendor, live: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    from connectors.smartrecruiters.adapter import SmartRecruitersAts

    old = [StatusChange(NOON, "NEW", ""), StatusChange(NOON, "INTERVIEW", "Phone interview", under_review=True)]
    monkeypatch.setattr(SmartRecruitersAts, "history", lambda *_args, **_more: old)
    slow.tell("switches", read_lag=0)
    with an_hour_later():
        assert move_and_deliver(slow, live).outcome == "sent.matched"


def test_a_history_without_entries_leaves_it_to_the_application(
    vendor: Vendor, live: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    from connectors.smartrecruiters.adapter import SmartRecruitersAts

    monkeypatch.setattr(SmartRecruitersAts, "history", lambda *_args, **_more: [])
    assert move_and_deliver(vendor, live).outcome == "sent.matched"


@pytest.mark.parametrize("unknown", ["not_found", "as_denied"])
def test_a_candidate_who_is_not_visible_yet_is_read_again_and_sent(
    slow: Vendor, live: Connection, unknown: str
) -> None:
    slow.tell("switches", read_lag=50, new_objects="after_lag", unknown_object=unknown)
    with an_hour_later():
        event = move_of_somebody_new(slow, live)
        assert (event.state, event.outcome) == (WorkState.PENDING, "")
        assert "doesn't show this move yet" in event.reason
    wait(slow, 16, passed=0)
    assert event_of(live, event.event_id).outcome == ""
    wait(slow, 60, passed=16)
    assert event_of(live, event.event_id).outcome == "sent.matched"
    assert len(requests_of(live)) == 1


@pytest.mark.parametrize("route", ["GET /candidates/{id}", "GET /jobs/{jobId}", "GET /jobs/{jobId}/hiring-team"])
def test_a_record_not_found_right_after_a_move_is_read_again(slow: Vendor, live: Connection, route: str) -> None:
    slow.tell("switches", read_lag=0)
    slow.tell("faults", route=route, kind="status", status=404)
    with an_hour_later():
        event = move_and_deliver(slow, live)
        assert (event.state, event.outcome) == (WorkState.PENDING, "")
    wait(slow, 16, passed=0)
    assert event_of(live, event.event_id).outcome == "sent.matched"


def test_a_record_missing_after_three_reads_counts_as_deleted(slow: Vendor, live: Connection) -> None:
    slow.tell("switches", read_lag=100_000, new_objects="after_lag")
    before = last_call(slow)
    with an_hour_later():
        event = move_of_somebody_new(slow, live)
    wait(slow, 16, passed=0)
    wait(slow, 60, passed=16)
    found = event_of(live, event.event_id)
    assert (found.state, found.outcome) == (WorkState.DEAD, "fail.gone")
    assert about_applications(slow, before) == [HISTORY] * 3


def test_a_member_learns_immediately_that_a_record_is_not_found(slow: Vendor, live: Connection) -> None:
    slow.tell("switches", read_lag=100_000, new_objects="after_lag")
    with an_hour_later():
        event = move_of_somebody_new(slow, live)
        with tenant(live.organization):
            InboundEvent.objects.filter(pk=event.pk).update(asked_by="Ada", available_at=clock.now())
        work_item.drain(InboundEvent)
    assert event_of(live, event.event_id).outcome == "fail.gone"


def move_of_somebody_new(vendor: Vendor, live: Connection) -> InboundEvent:
    """An applicant who is moved to our step as soon as they applied, the way an import does."""
    noa = {"first_name": "Noa", "last_name": "Adeyemi", "email": "noa@example.com"}
    (made,) = vendor.tell("seed", candidates=[noa | {"job_id": vendor.job(MAYA[1])}])["candidates"]
    event_id = vendor.move("Noa Adeyemi", MAYA[1])
    return deliver_event(
        live, json.dumps({"job_id": vendor.job(MAYA[1]), "candidate_id": made}).encode(), event_id=event_id
    )


def test_an_event_a_member_released_is_not_postponed(slow: Vendor, live: Connection) -> None:
    slow.tell("switches", read_lag=100_000)
    with an_hour_later():
        event = move_and_deliver(slow, live)
        with tenant(live.organization):
            InboundEvent.objects.filter(pk=event.pk).update(confirmed_at=clock.now(), available_at=clock.now())
        work_item.drain(InboundEvent)
    assert event_of(live, event.event_id).outcome == "no.other_step"


def seconds(*offsets: int) -> list[StatusChange]:
    """A history: the application long before, and a move at each of these seconds after noon."""
    moves = [StatusChange(NOON + timedelta(seconds=offset), "INTERVIEW", f"step {offset}") for offset in offsets]
    return [StatusChange(NOON - timedelta(days=30), "NEW", ""), *moves]


def heard(*offsets: int) -> list[MoveEvent]:
    return [MoveEvent(NOON + timedelta(seconds=offset), NOON + timedelta(seconds=offset)) for offset in offsets]


@pytest.mark.parametrize(
    ("events", "changes", "after", "again"),
    [
        (heard(0), seconds(), 1, 15),
        (heard(0), seconds(-3600), 1, 15),  # an earlier move doesn't count for this one
        (heard(0), seconds(), 15, 75),
        (heard(0), seconds(), 40, 75),
        (heard(0), seconds(), 75, None),  # the event is so old that the read must be right
        (heard(0), seconds(-1), 1, None),
        (heard(0), seconds(-70), 1, None),  # delivered on the second try
        (heard(0), seconds(-850), 1, None),  # delivered on the fourth try, which has a new timestamp
        (heard(-30, 0), seconds(-31), 1, 15),  # one of two moves is shown
        (heard(-30, 0), seconds(-31, -1), 1, None),
        (heard(-300, 0), seconds(-301), 1, 15),
        (heard(-300, 0), seconds(-301, -2), 1, None),
        (heard(0, -30), seconds(-31, -1), 1, None),  # in any order
        (heard(), seconds(), 1, None),
        (heard(0), [], 1, 15),
    ],
)
def test_a_read_is_trusted_once_it_shows_every_reported_move(
    events: list[MoveEvent], changes: list[StatusChange], after: int, again: int | None
) -> None:
    found = staleness(events, changes, now=NOON + timedelta(seconds=after))
    assert (found and found.until) == (None if again is None else NOON + timedelta(seconds=again))


def test_a_redelivery_from_the_log_is_trusted_immediately() -> None:
    recovered = [MoveEvent(happened_at=NOON, created_at=NOON + timedelta(minutes=15))]
    assert staleness(recovered, seconds(), now=NOON + timedelta(minutes=15)) is None


def test_a_stay_begins_when_the_candidate_reaches_the_step() -> None:
    there = [StatusChange(NOON + timedelta(seconds=s), "INTERVIEW", "Crosschq") for s in (1, 2, 3)]
    assert stay_began([there[0], StatusChange(NOON, "NEW", ""), *there[1:]]) == NOON + timedelta(seconds=2)
    assert stay_began([]) is None
