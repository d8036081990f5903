"""One thread that commits together what several requests store at the same time.

A commit costs the same for one row as for many. Each request waits until its own row is committed, so nothing is
acknowledged before: a killed process loses only deliveries that nobody has answered. A process that stops lets its
requests finish first, so none waits for this thread in vain.
"""

import contextlib
import queue
import threading
import time
from collections.abc import Sequence

import structlog
from django.db import InterfaceError, OperationalError, close_old_connections, connections

from crosschq.core.database import timeouts
from crosschq.core.outbox import wakeup
from webhooks.inbox import storage
from webhooks.models import InboundEvent

log = structlog.get_logger(__name__)

DATABASE_AWAY = (OperationalError, InterfaceError)
DATABASE_SECONDS = 0.9
# While one batch waits for a stuck database, the next one has to wait for that batch too.
WAIT_SECONDS = 1.8
MOST_ROWS = 100
MOST_WAITING = 1000
# In a burst, a batch waits this long for more rows. A commit takes as long, whatever its size.
TOGETHER_SECONDS = 0.002
# After this long without a delivery, the thread closes its connection to the database.
IDLE_SECONDS = 60.0
# A connection that worked isn't tested again for this long.
CHECKED_SECONDS = 1.0
# In a burst, workers are woken this often.
WAKE_SECONDS = 0.05


class Overloaded(Exception):
    """The row wasn't committed in time. The ATS delivers it again."""


class _Group:
    """Events that wait for their commit together. A Future would do, for three times the CPU time."""

    __slots__ = ("done", "events", "results")

    def __init__(self, events: Sequence[storage.NewEvent]) -> None:
        self.events = events
        self.results: Sequence[storage.Stored | Exception] = [Overloaded()] * len(events)
        self.done = threading.Lock()
        self.done.acquire()

    def settle(self, results: Sequence[storage.Stored | Exception]) -> None:
        self.results = results
        self.done.release()


class Committer:
    def __init__(self) -> None:
        self._waiting: queue.SimpleQueue[_Group] = queue.SimpleQueue()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._checked_until = 0.0
        self._wake_next = 0.0
        self._is_wake_due = False
        self._is_burst = False

    def store(self, event: storage.NewEvent) -> storage.Stored:
        """Return once the event is committed. Raises Overloaded, or the database's error."""
        (result,) = self.store_all([event])
        if isinstance(result, Exception):
            raise result
        return result

    def store_all(
        self, events: Sequence[storage.NewEvent], *, seconds: float | None = None
    ) -> Sequence[storage.Stored | Exception]:
        """Return once the events are committed, with an error in the place of each that isn't, after `seconds`."""
        if (
            self._thread is None or not self._thread.is_alive()
        ):  # not before the first request: gunicorn forks until then
            self._start()
        group = _Group(events)
        if self._waiting.qsize() < MOST_WAITING:
            self._waiting.put(group)
            group.done.acquire(timeout=WAIT_SECONDS if seconds is None else seconds)
        return group.results

    def _start(self) -> None:
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="committer", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            try:
                batch = self._next_batch()
                if batch:
                    self._commit(batch)
                elif not self._is_wake_due:
                    connections.close_all()
                self._wake()
            except Exception:  # the next batch must not wait for another thread
                log.exception("batch_failed")

    def _next_batch(self) -> list[_Group]:
        """Return everything that waits. Empty if a wake-up is due first, or if nothing came for IDLE_SECONDS."""
        batch: list[_Group] = []
        with contextlib.suppress(queue.Empty):
            batch.append(self._waiting.get(timeout=self._until_wake() if self._is_wake_due else IDLE_SECONDS))
            if self._is_burst:
                time.sleep(TOGETHER_SECONDS)
            rows = len(batch[0].events)
            while rows < MOST_ROWS:
                batch.append(self._waiting.get_nowait())
                rows += len(batch[-1].events)
        self._is_burst = len(batch) > 1
        return batch

    def _commit(self, batch: list[_Group]) -> None:
        results = iter(self._stored([event for group in batch for event in group.events]))
        for group in batch:
            group.settle([next(results) for _event in group.events])

    def _stored(self, events: Sequence[storage.NewEvent]) -> Sequence[storage.Stored | Exception]:
        try:
            stored = self._insert(events)
        except Exception as error:
            self._checked_until = 0.0
            if len(events) == 1 or isinstance(error, DATABASE_AWAY):
                return [error] * len(events)
            log.warning("batch_refused", rows=len(events), exc_info=error)
            results: list[storage.Stored | Exception] = []
            for event in events:  # one bad row must not hold up the others
                is_away = bool(results) and isinstance(results[-1], DATABASE_AWAY)
                results += results[-1:] if is_away else self._stored([event])
            return results
        self._is_wake_due |= storage.Stored.NEW in stored
        return stored

    def _insert(self, events: Sequence[storage.NewEvent]) -> list[storage.Stored]:
        if time.monotonic() > self._checked_until:  # a check takes a round trip
            close_old_connections()
            self._checked_until = time.monotonic() + CHECKED_SECONDS
        with timeouts.answers_within(DATABASE_SECONDS):
            return storage.insert(events)

    def _until_wake(self) -> float:
        return max(0.0, self._wake_next - time.monotonic())

    def _wake(self) -> None:
        """Wake a worker for what has been committed, at most once in WAKE_SECONDS."""
        if self._is_wake_due and not self._until_wake():
            self._is_wake_due, self._wake_next = False, time.monotonic() + WAKE_SECONDS
            wakeup.notify_now(InboundEvent._meta.label, InboundEvent.queues[0].name)
