"""How many round trips to the database an event costs when a worker decides many: a constant, and small."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from connectors.ats import StatusChange
from connectors.models import Connection
from connectors.smartrecruiters.adapter import SmartRecruitersAts
from crosschq.core import clock
from crosschq.core.outbox import draining
from tests.webhooks.moves import events_of
from webhooks.inbox.receive import store

# The statements that open a transaction come with its first statement. An outcome alone is one statement.
MOST = {"no.other_event": 1.6, "no.other_step": 3.5}
EVENTS = 20


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draining, "_shares", {})
    monkeypatch.setattr(draining, "wake", lambda *_: None)


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every application is at another step, as a call would show."""

    def history(*_args: object, **_ids: object) -> list[StatusChange]:
        made = StatusChange(clock.now(), "NEW", "")
        return [made, StatusChange(clock.now(), "INTERVIEW", "Phone interview", under_review=True)]

    monkeypatch.setattr(SmartRecruitersAts, "history", history)


def round_trips(live: Connection, name: str) -> Iterator[int]:
    """The round trips of a first batch, whose caches are empty, and of a second one."""
    for batch in range(2):
        for number in range(EVENTS):
            ids = {"candidate_id": f"c-{batch}-{number}", "job_id": "j"}
            store(connection=live, event_id=f"e-{batch}-{number}", event_name=name, body=json.dumps(ids).encode())
        with CaptureQueriesContext(connection) as seen:
            assert draining.run("webhooks.InboundEvent", "vendor") == EVENTS
        yield len(seen)


@pytest.mark.parametrize(
    ("name", "outcome"), [("offer.created", "no.other_event"), ("application.status.updated", "no.other_step")]
)
def test_an_event_that_is_not_for_us_costs_few_round_trips(
    live: Connection, elsewhere: None, name: str, outcome: str
) -> None:
    first, second = round_trips(live, name)
    assert {event.outcome for event in events_of(live)} == {outcome}
    assert second <= first <= MOST[outcome] * EVENTS
