"""Rows that several requests store at the same time are committed together, and each request learns about its own."""

from __future__ import annotations

import dataclasses
import itertools
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import DataError, OperationalError, connection, connections
from django.test.utils import CaptureQueriesContext

from connectors.models import SubscriptionState
from crosschq.core import clock
from crosschq.core.outbox import wakeup
from crosschq.tenancy.scope import cross_tenant, tenant
from tests.factories import make_connection, make_organization
from tests.forked import status_of_a_child_that_does
from tests.patience import SECONDS
from tests.webhooks.deliveries import Endpoint, make_endpoint
from tests.webhooks.inbox.conftest import wait_until_closed
from webhooks.inbox import committer, storage
from webhooks.inbox.committer import Committer, Overloaded
from webhooks.inbox.storage import NewEvent, Stored
from webhooks.models import InboundEvent

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("connections_of_committers")]


@pytest.fixture
def endpoint(transactional_db: None) -> Endpoint:
    return make_endpoint(make_connection(make_organization()))


def event(endpoint: Endpoint, event_id: str = "e-1", **changed: Any) -> NewEvent:
    plain = NewEvent(
        organization_id=endpoint.connection.organization_id,
        connection_id=endpoint.connection.pk,
        event_id=event_id,
        event_name="application.status.updated",
        event_version="v201910",
        body=b"{}",
        happened_at=clock.now(),
        candidate_id="c-1",
        job_id="j-1",
        trace_id="t-1",
        subscription_id=endpoint.subscription.pk,
    )
    return dataclasses.replace(plain, **changed)


def stored_ids(endpoint: Endpoint) -> list[str]:
    with tenant(endpoint.connection.organization):
        return sorted(InboundEvent.objects.values_list("event_id", flat=True))


class Gate:
    """Holds the first batch back until everything else is waiting, and counts the batches."""

    def __init__(self, insert: Callable[[Sequence[NewEvent]], list[Stored]], waiting: Callable[[], int]) -> None:
        self.insert, self.waiting, self.expected = insert, waiting, 0
        self.sizes: list[int] = []
        self.entered = threading.Event()

    def __call__(self, events: Sequence[NewEvent]) -> list[Stored]:
        self.entered.set()
        if not self.sizes:
            pause = threading.Event()
            while self.waiting() < self.expected:
                pause.wait(0.005)
        self.sizes.append(len(events))
        return self.insert(events)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> tuple[Committer, Gate]:
    made = Committer()
    gate = Gate(storage.insert, made._waiting.qsize)
    monkeypatch.setattr(storage, "insert", gate)
    return made, gate


def store_at_once(made: Committer, gate: Gate, first: NewEvent, others: list[NewEvent]) -> list[Stored | Exception]:
    """Store the first one, and all others while that one is being committed."""
    gate.expected = len(others)

    def store(new: NewEvent) -> Stored | Exception:
        try:
            return made.store(new)
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(others) + 1) as senders:
        leader = senders.submit(store, first)
        assert gate.entered.wait(SECONDS)
        results = list(senders.map(store, others))
        assert leader.result() is Stored.NEW
    return results


def test_events_that_arrive_during_a_commit_are_committed_together(
    endpoint: Endpoint, gate: tuple[Committer, Gate]
) -> None:
    other = make_endpoint(make_connection(make_organization()), path="another")
    events = [event(endpoint if number % 2 else other, f"e-{number}") for number in range(20)]
    assert store_at_once(*gate, event(endpoint, "first"), events) == [Stored.NEW] * 20
    assert gate[1].sizes == [1, 20]
    assert len(stored_ids(endpoint)) == 11
    assert len(stored_ids(other)) == 10


def test_only_the_batch_after_one_of_several_callers_waits_a_moment_for_more(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr(committer, "time", SimpleNamespace(sleep=waits.append, monotonic=time.monotonic))
    made, sizes = Committer(), []
    for callers in (2, 1, 1):
        for _ in range(callers):
            made._waiting.put(committer._Group([event(endpoint)]))
        sizes.append((len(made._next_batch()), list(waits)))
    assert sizes == [(2, []), (1, [committer.TOGETHER_SECONDS]), (1, [committer.TOGETHER_SECONDS])]


def test_an_event_that_is_twice_in_a_batch_or_was_stored_before_is_known(
    endpoint: Endpoint, gate: tuple[Committer, Gate]
) -> None:
    results = store_at_once(
        *gate, event(endpoint, "first"), [event(endpoint, "first"), event(endpoint), event(endpoint)]
    )
    assert sorted(each.value for each in results if isinstance(each, Stored)) == ["known", "known", "new"]
    assert stored_ids(endpoint) == ["e-1", "first"]


def test_a_row_that_cannot_be_stored_does_not_hold_up_the_others(
    endpoint: Endpoint, gate: tuple[Committer, Gate]
) -> None:
    bad = event(endpoint, "bad", candidate_id="c" * 101)
    results = store_at_once(*gate, event(endpoint, "first"), [event(endpoint, "e-1"), bad, event(endpoint, "e-2")])
    assert [results[0], results[2]] == [Stored.NEW, Stored.NEW]
    assert isinstance(results[1], Exception)
    assert stored_ids(endpoint) == ["e-1", "e-2", "first"]


def test_events_of_one_caller_are_committed_together_and_each_gets_its_own_result(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes, insert = [], storage.insert

    def counted(events: Sequence[NewEvent]) -> list[Stored]:
        sizes.append(len(events))
        return insert(events)

    monkeypatch.setattr(storage, "insert", counted)
    made = Committer()
    assert made.store_all([event(endpoint, f"e-{number}") for number in range(5)]) == [Stored.NEW] * 5
    bad = event(endpoint, "bad", candidate_id="c" * 101)
    known, refused, new = made.store_all([event(endpoint, "e-1"), bad, event(endpoint, "e-6")])
    assert (known, isinstance(refused, Exception), new) == (Stored.KNOWN, True, Stored.NEW)
    assert sizes == [5, 3, 1, 1, 1]


def test_rows_that_are_stored_one_by_one_do_not_each_wait_for_a_database_that_is_away(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def refuses_and_is_away(events: Sequence[NewEvent]) -> list[Stored]:
        calls.append(len(events))
        raise DataError("one is bad") if len(events) > 1 else OperationalError("the database did not answer in time")

    monkeypatch.setattr(storage, "insert", refuses_and_is_away)
    results = Committer().store_all([event(endpoint, f"e-{number}") for number in range(5)])
    assert [type(each) for each in results] == [OperationalError] * 5
    assert calls == [5, 1]


def test_two_processes_with_the_same_events_in_another_order_do_not_wait_for_each_other(endpoint: Endpoint) -> None:
    ids = [f"e-{number}" for number in range(200)]
    start = threading.Barrier(2)

    def insert(order: list[str]) -> set[Stored]:
        try:
            events = [event(endpoint, event_id) for event_id in order]
            start.wait(SECONDS)
            with cross_tenant("deliveries of several organizations in one commit"):
                return set(storage.insert(events))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as processes:
        results = list(processes.map(insert, [ids, ids[::-1]]))
    assert set.union(*results) <= {Stored.NEW, Stored.KNOWN}
    assert len(stored_ids(endpoint)) == 200


def test_rows_are_stored_in_the_order_of_their_ids(endpoint: Endpoint) -> None:
    with cross_tenant("deliveries of several organizations in one commit"):
        storage.insert([event(endpoint, event_id) for event_id in ("e-3", "e-1", "e-2")])
    with tenant(endpoint.connection.organization):
        assert list(InboundEvent.objects.order_by("pk").values_list("event_id", flat=True)) == ["e-1", "e-2", "e-3"]


def test_a_batch_is_one_statement(endpoint: Endpoint) -> None:
    storage.insert([event(endpoint, "first")])
    with CaptureQueriesContext(connection) as queries:
        assert storage.insert([event(endpoint, f"e-{number}") for number in range(20)]) == [Stored.NEW] * 20
    assert len(queries) == 1


def test_each_event_of_a_batch_gets_its_own_result(endpoint: Endpoint) -> None:
    removed = make_endpoint(make_connection(make_organization()), path="another", state=SubscriptionState.REMOVED)
    own = event(endpoint, "our own", subscription_id=None)
    storage.insert([event(endpoint, "known")])
    results = storage.insert([event(endpoint, "known"), event(removed), own, event(endpoint), event(endpoint)])
    assert results == [Stored.KNOWN, Stored.NOT_SUBSCRIBED, Stored.NEW, Stored.NEW, Stored.KNOWN]
    assert stored_ids(endpoint) == ["e-1", "known", "our own"]
    assert stored_ids(removed) == []


def test_nothing_acknowledged_is_missing_after_kill_9_during_commits(endpoint: Endpoint, tmp_path: Path) -> None:
    acknowledged = tmp_path / "acknowledged"

    def deliver_until_killed() -> None:
        made, log = Committer(), acknowledged.open("ab", buffering=0)

        def send(sender: int) -> None:
            for number in itertools.count():
                if made.store(event(endpoint, f"e-{sender}-{number}")) is Stored.NEW:
                    log.write(b"e-%d-%d\n" % (sender, number))
                if number == 30:
                    os.kill(os.getpid(), signal.SIGKILL)

        with ThreadPoolExecutor(8) as senders:
            list(senders.map(send, range(8)))

    assert status_of_a_child_that_does(deliver_until_killed) == -signal.SIGKILL
    answered = set(acknowledged.read_text().split())
    assert len(answered) > 30
    assert answered <= set(stored_ids(endpoint))


def test_workers_are_woken_for_the_first_batch_of_a_burst_and_after_its_last(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    woken: list[int] = []
    last = threading.Event()

    def notify_now(*_: str) -> None:
        woken.append(len(stored_ids(endpoint)))
        if woken[-1] == 10:
            last.set()

    monkeypatch.setattr(wakeup, "notify_now", notify_now)
    now = 1000.0
    monkeypatch.setattr(committer, "time", SimpleNamespace(monotonic=lambda: now, sleep=time.sleep))
    monkeypatch.setattr(committer, "WAKE_SECONDS", 0.2)
    made = Committer()
    for number in range(10):
        made.store(event(endpoint, f"e-{number}"))
    now += 1
    assert last.wait(SECONDS)
    assert len(woken) == 2


def test_an_event_of_a_removed_subscription_is_not_stored(endpoint: Endpoint) -> None:
    with tenant(endpoint.connection.organization):
        endpoint.subscription.state = SubscriptionState.REMOVED
        endpoint.subscription.save()
    assert Committer().store(event(endpoint)) is Stored.NOT_SUBSCRIBED
    assert stored_ids(endpoint) == []


def test_everyone_gets_an_error_while_the_database_is_away_and_later_events_are_stored(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, calls, insert = Committer(), [], storage.insert

    def fails_once(events: Sequence[NewEvent]) -> list[Stored]:
        calls.append(len(events))
        if len(calls) == 1:
            raise OperationalError("the database did not answer in time")
        return insert(events)

    monkeypatch.setattr(storage, "insert", fails_once)
    with pytest.raises(OperationalError):
        made.store(event(endpoint, "e-1"))
    assert made.store(event(endpoint, "e-2")) is Stored.NEW
    assert stored_ids(endpoint) == ["e-2"]


def test_a_connection_that_broke_is_replaced(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    made, insert = Committer(), storage.insert
    assert made.store(event(endpoint, "e-1")) is Stored.NEW

    def on_a_broken_connection(events: Sequence[NewEvent]) -> list[Stored]:
        monkeypatch.setattr(storage, "insert", insert)
        connections["default"].connection.close()
        return insert(events)

    monkeypatch.setattr(storage, "insert", on_a_broken_connection)
    with pytest.raises(Exception, match="closed"):
        made.store(event(endpoint, "e-2"))
    assert made.store(event(endpoint, "e-3")) is Stored.NEW


def test_a_request_does_not_wait_for_a_stuck_database(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(committer, "WAIT_SECONDS", 0.05)
    free = threading.Event()
    monkeypatch.setattr(storage, "insert", lambda events: free.wait(SECONDS) and [Stored.NEW for _ in events])
    made = Committer()
    try:
        with pytest.raises(Overloaded):
            made.store(event(endpoint))
    finally:
        free.set()


def test_an_idle_committer_closes_its_connection_and_opens_another_later(
    endpoint: Endpoint, connections_of_committers: set[int]
) -> None:
    made = Committer()
    assert made.store(event(endpoint, "e-1")) is Stored.NEW
    wait_until_closed(connections_of_committers)
    before = set(connections_of_committers)
    assert before
    assert made.store(event(endpoint, "e-2")) is Stored.NEW
    assert connections_of_committers > before


def test_the_queue_has_a_limit(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(committer, "WAIT_SECONDS", 0.05)
    monkeypatch.setattr(committer, "MOST_WAITING", 2)
    free = threading.Event()
    monkeypatch.setattr(storage, "insert", lambda events: free.wait(SECONDS) and [Stored.NEW for _ in events])
    made = Committer()
    try:
        for _ in range(5):
            with pytest.raises(Overloaded):
                made.store(event(endpoint))
        assert made._waiting.qsize() == 2
    finally:
        free.set()


def test_the_stored_row_is_that_of_a_new_event(endpoint: Endpoint) -> None:
    Committer().store(event(endpoint))
    with cross_tenant("a test"):
        row = InboundEvent.objects.get()
    blank = InboundEvent()
    assert (row.trace_id, bytes(row.body), row.candidate_id, row.job_id) == ("t-1", b"{}", "c-1", "j-1")
    own = {"id", "uid", "organization_id", "connection_id", "event_id", "event_name", "event_version", "body"}
    own |= {"happened_at", "candidate_id", "job_id", "trace_id", "available_at", "created_at"}
    for field in InboundEvent._meta.concrete_fields:
        if field.attname not in own and not field.generated:
            assert getattr(row, field.attname) == getattr(blank, field.attname), field.attname
    assert abs((row.available_at - clock.now()).total_seconds()) < 60
