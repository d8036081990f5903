"""The burst limit holds when several workers decide at the same time."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection as database
from pytest_django import Settings

from connectors.models import Connection
from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.tenancy.scope import tenant
from tests.factories import make_connection, make_organization
from tests.locks import waits_for_a_lock
from tests.patience import SECONDS
from tests.vendor import Vendor
from tests.webhooks.moves import events_of, ids_of, requests_of
from webhooks.decision import burst_guard
from webhooks.inbox.receive import store
from webhooks.models import InboundEvent

MOVED = (
    ("Maya Osei", "Backend Engineer"),
    ("Inês Duarte", "Backend Engineer"),
    ("Li Wei", "Site Reliability Engineer"),
)


def test_the_second_decision_waits_for_the_first_and_then_stops(transactional_db: None, settings: Settings) -> None:
    settings.BURST_LIMIT = 1
    live = make_connection(make_organization())
    asking = threading.Event()

    def second() -> None:
        try:
            with tenant(live.organization):
                asking.set()
                burst_guard.enforce(live)
        finally:
            database.close()

    with ThreadPoolExecutor(1) as pool:
        with tenant(live.organization):
            burst_guard.enforce(live)
            InboundEvent.objects.create(
                organization=live.organization,
                connection=live,
                event_id="e-1",
                body=b"",
                state="done",
                outcome="sent.default",
                outcome_at=clock.now(),
            )
            decision = pool.submit(second)
            assert asking.wait(SECONDS)
            assert waits_for_a_lock(decision)
        with pytest.raises(burst_guard.BurstLimitReached):
            decision.result(SECONDS)


def test_three_workers_together_respect_the_burst_limit(vendor: Vendor, live: Connection, settings: Settings) -> None:
    settings.BURST_LIMIT = 2
    for number, (name, job) in enumerate(MOVED):
        vendor.move(name, job)
        body = ids_of(vendor, name, job)
        store(connection=live, event_id=f"e-{number}", event_name="application.status.updated", body=body)
    begin = threading.Barrier(len(MOVED))

    def worker(_number: int) -> None:
        try:
            begin.wait(SECONDS)
            work_item.drain(InboundEvent)
        finally:
            database.close()

    with ThreadPoolExecutor(len(MOVED)) as pool:
        list(pool.map(worker, range(len(MOVED))))
    work_item.drain(InboundEvent)  # a claim may find nothing while another one looks at the same rows
    assert Counter(event.outcome for event in events_of(live)) == {"sent.matched": 2, "hold.too_many": 1}
    assert len(requests_of(live)) == 2
