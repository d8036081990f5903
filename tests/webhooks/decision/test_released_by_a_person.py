"""An event that a member released is decided on its own and never leads to a second request."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.db.models import F

from connectors.models import Connection
from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import Message
from crosschq.tenancy.models import User
from crosschq.tenancy.scope import tenant
from templates_app.models import RequestTemplate
from templates_app.request_templates.edit import delete_template
from tests.extent import first_of
from tests.templates_app.factories import make_template
from tests.vendor import Vendor
from tests.webhooks.moves import deliver_event, event_of, events_of, ids_of, move_and_decide, requests_of
from webhooks.decision import burst_guard
from webhooks.explain import explain
from webhooks.inbox.receive import STEP_SCAN_EVENT, store
from webhooks.log import actions, replay
from webhooks.models import InboundEvent

JONAS = ("Jonas Lind", "Sales Lead")  # a job without a tag
MAYA = ("Maya Osei", "Backend Engineer")
MOVED = "application.status.updated"


def pending(live: Connection, vendor: Vendor, who: tuple[str, str], event_id: str, *, name: str = MOVED) -> None:
    """One more event of the application, which nobody has looked at."""
    ids = (vendor.candidate_id(who[0]), vendor.job(who[1]))
    body = b"" if name == STEP_SCAN_EVENT else ids_of(vendor, *who)
    store(connection=live, event_id=event_id, event_name=name, body=body, ids=ids)


def first(live: Connection, event: InboundEvent) -> None:
    """Make this one be decided before the other."""
    with tenant(live.organization):
        InboundEvent.objects.filter(pk=event.pk).update(available_at=F("available_at") - timedelta(minutes=1))


def invitations(live: Connection) -> int:
    with tenant(live.organization):
        return int(Message.objects.filter(kind="candidate_invitation").count())


def template_of(live: Connection) -> RequestTemplate:
    with tenant(live.organization):
        found: RequestTemplate = RequestTemplate.objects.get()
    return found


@pytest.mark.parametrize(
    ("other", "automatic_first"),
    first_of([(MOVED, True), (STEP_SCAN_EVENT, False), (MOVED, False), (STEP_SCAN_EVENT, True)], 2),
)
def test_a_manual_request_is_sent_while_another_event_waits(
    vendor: Vendor, live: Connection, admin: User, other: str, *, automatic_first: bool
) -> None:
    event, template = move_and_decide(live, vendor, *JONAS), template_of(live)
    assert event.outcome == "no.tag_empty"
    if automatic_first:
        pending(live, vendor, JONAS, "another", name=other)
    with tenant(live.organization):
        actions.send_with(event, template=template, actor=admin)
    if not automatic_first:
        pending(live, vendor, JONAS, "another", name=other)
    first(live, event_of(live, "another" if automatic_first else event.event_id))
    work_item.drain(InboundEvent)
    assert event_of(live, event.event_id).outcome == "sent.manual"
    assert len(requests_of(live)) == invitations(live) == 1


def test_trying_again_does_not_duplicate_a_waiting_event(vendor: Vendor, live: Connection, admin: User) -> None:
    event = move_and_decide(live, vendor, *JONAS)
    pending(live, vendor, JONAS, "another")
    first(live, event_of(live, "another"))
    with tenant(live.organization):
        actions.try_again(event, actor=admin)
    work_item.drain(InboundEvent)
    assert event_of(live, event.event_id).outcome == "no.tag_empty"


def test_a_request_from_explain_is_sent_while_another_event_waits(
    vendor: Vendor, live: Connection, admin: User
) -> None:
    with time_machine.travel(timedelta(days=3)):
        vendor.move(*MAYA)
        ids = (vendor.candidate_id(MAYA[0]), vendor.job(MAYA[1]))
        long_ago = clock.now() - timedelta(days=4)
        store(connection=live, event_id="late", event_name=STEP_SCAN_EVENT, ids=ids, happened_at=long_ago)
        with tenant(live.organization):
            asked = explain.send(live, *ids, actor=admin, event_id="asked")
        work_item.drain(InboundEvent)
    assert event_of(live, asked.event_id).outcome.startswith("sent.")
    assert len(requests_of(live)) == invitations(live) == 1


@pytest.mark.parametrize("automatic_first", [True, False])
def test_a_failed_manual_choice_does_not_end_automatic_events(
    vendor: Vendor, live: Connection, admin: User, *, automatic_first: bool
) -> None:
    vendor.tell("job-tag", job_id=vendor.job(MAYA[1]), tag="later")
    event = move_and_decide(live, vendor, *MAYA)
    other = make_template(live.organization, name="Sales", ats_tag="sales")
    with tenant(live.organization):
        actions.send_with(event, template=other, actor=admin)
        delete_template(template=other, actor=admin)
    vendor.tell("job-tag", job_id=vendor.job(MAYA[1]), tag="eng")
    pending(live, vendor, MAYA, "another")
    first(live, event_of(live, "another" if automatic_first else event.event_id))
    work_item.drain(InboundEvent)
    assert event_of(live, "another").outcome == "sent.matched"
    assert len(requests_of(live)) == invitations(live) == 1


def test_a_step_scan_outcome_does_not_end_a_waiting_move(vendor: Vendor, live: Connection) -> None:
    pending(live, vendor, MAYA, "found", name=STEP_SCAN_EVENT)
    vendor.move(*MAYA)
    pending(live, vendor, MAYA, "moved")
    first(live, event_of(live, "found"))
    work_item.drain(InboundEvent)
    assert len(requests_of(live)) == invitations(live) == 1
    assert "no.stood_there" not in {event.outcome for event in events_of(live)}


def test_an_event_released_during_another_decision_keeps_its_own_outcome(
    vendor: Vendor, live: Connection, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first decision could end the second event when it began. Meanwhile, a member released that event."""
    pending(live, vendor, JONAS, "one")
    pending(live, vendor, JONAS, "two")
    vendor.move(*JONAS)
    first(live, event_of(live, "one"))
    from webhooks.decision import decide

    finish = decide._finish

    def release_first(case: decide.EventContext, outcome: str, values: dict[str, str]) -> None:
        with tenant(live.organization):
            InboundEvent.objects.filter(event_id="two").update(asked_by=str(admin))
        finish(case, outcome, values)

    monkeypatch.setattr(decide, "_finish", release_first)
    work_item.drain(InboundEvent, most=1)
    assert (event_of(live, "one").outcome, event_of(live, "two").outcome) == ("no.tag_empty", "")


Release = Callable[[Connection, list[InboundEvent], User], object]


def confirm(live: Connection, events: list[InboundEvent], admin: User) -> None:
    with tenant(live.organization):
        uids = [event.uid for event in events]
        held_for = f"burst:{live.uid}"
        rows = InboundEvent.objects.filter(uid__in=uids)
        rows.update(outcome=burst_guard.HELD, state=WorkState.HELD, held_for=held_for)
        assert burst_guard.confirm(live, actor=admin, chosen=uids) == len(uids)


def look_again(live: Connection, events: list[InboundEvent], admin: User) -> None:
    with tenant(live.organization):
        uids = [event.uid for event in events]
        InboundEvent.objects.filter(uid__in=uids).update(outcome="fail.gone", state=WorkState.DEAD)
        replay.replay(live, since=clock.now() - timedelta(days=1), actor=admin, chosen=uids)


@pytest.mark.parametrize("release", [confirm, look_again])
def test_a_bulk_release_sends_one_request_per_application(
    vendor: Vendor, live: Connection, admin: User, release: Release
) -> None:
    vendor.tell("job-tag", job_id=vendor.job(MAYA[1]), tag="later")
    released = [move_and_decide(live, vendor, *MAYA)]
    released.append(deliver_event(live, ids_of(vendor, *MAYA), event_id="again"))
    vendor.tell("job-tag", job_id=vendor.job(MAYA[1]), tag="eng")
    pending(live, vendor, MAYA, "another")
    pending(live, vendor, MAYA, "found", name=STEP_SCAN_EVENT)
    release(live, released, admin)
    work_item.drain(InboundEvent)
    assert len(requests_of(live)) == invitations(live) == 1
    ends = {event.event_id: event.outcome for event in events_of(live)}
    (sent,) = [event_id for event_id, outcome in ends.items() if outcome == "sent.matched"]
    mine = [event.event_id for event in released]
    # Released by the same click, they are one action. Each says what went out with another event.
    allowed = {"sent.matched", "no.duplicate"} if sent in mine else {"no.already_open"}
    assert {ends[event_id] for event_id in mine} <= allowed


def test_a_released_event_without_a_request_ends_no_other_released_event(
    vendor: Vendor, live: Connection, admin: User
) -> None:
    released = [move_and_decide(live, vendor, *JONAS), deliver_event(live, ids_of(vendor, *JONAS), event_id="again")]
    look_again(live, released, admin)
    work_item.drain(InboundEvent)
    assert {event.outcome for event in events_of(live)} == {"no.tag_empty"}
