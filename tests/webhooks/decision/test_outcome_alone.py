"""An outcome without other effects is stored by one statement, under the event's lease."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from connectors.models import Connection
from crosschq.core import clock
from crosschq.core.outbox import claims, work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.tenancy.scope import tenant
from tests.webhooks.moves import event_of
from webhooks.decision import decide, earlier_reads
from webhooks.inbox.receive import store
from webhooks.models import InboundEvent


@pytest.fixture
def claimed(live: Connection) -> InboundEvent:
    """An event that isn't about a move, claimed, with what deciding it needs."""
    store(connection=live, event_id="e-1", event_name="offer.created", body=b'{"candidate_id":"c-1","job_id":"j"}')
    return claim()


def claim() -> InboundEvent:
    (event,) = work_item.claim_several(InboundEvent, InboundEvent.queues[0], most=20)
    event.__dict__["earlier_reads"] = earlier_reads.of(event)
    return event


def test_it_takes_one_round_trip(live: Connection, claimed: InboundEvent) -> None:
    with CaptureQueriesContext(database) as seen:
        decide.perform(claimed)
    assert len(seen) == 1, seen.captured_queries
    event = event_of(live, "e-1")
    assert (event.state, event.outcome) == (WorkState.DONE, "no.other_event")


def test_it_is_not_stored_once_another_worker_has_the_event(live: Connection, claimed: InboundEvent) -> None:
    with tenant(live.organization):
        InboundEvent.objects.update(lease_until=clock.now() - timedelta(minutes=1))
    theirs = claim()
    with pytest.raises(work_item.LeaseLost):
        decide.perform(claimed)
    event = event_of(live, "e-1")
    assert (event.state, event.outcome, event.lease_token) == (WorkState.WORKING, "", theirs.lease_token)
    decide.perform(theirs)
    assert event_of(live, "e-1").state == WorkState.DONE


def test_an_event_that_is_done_is_not_changed_by_its_old_lease(live: Connection, claimed: InboundEvent) -> None:
    decide.perform(claimed)
    with tenant(live.organization):
        assert not claims.change_under_lease(claimed, {"reason": "late"})
    assert event_of(live, "e-1").reason == ""
