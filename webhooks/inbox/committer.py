"""One thread that commits together what several requests store at the same time.

A commit costs the same for one row as for many. Each request waits until its own row is committed, so nothing is
acknowledged before: a killed process loses only deliveries that nobody has answered. A process that stops lets its
requests finish first, so none waits for this thread in vain.
"""

import queue
import threading
from concurrent.futures import Future

import structlog
from django.db import InterfaceError, OperationalError, close_old_connections, connections

from crosschq.core.database import timeouts
from crosschq.core.outbox import wakeup
from crosschq.tenancy.scope import cross_tenant
from webhooks.inbox import storage
from webhooks.models import InboundEvent

log = structlog.get_logger(__name__)

DATABASE_SECONDS = 0.9
# While one batch waits for a stuck database, the next one has to wait for that batch too.
WAIT_SECONDS = 1.8
MOST_ROWS = 100
MOST_WAITING = 1000
# After so long without a delivery, the thread closes its connection to the database.
IDLE_SECONDS = 60.0


class Overloaded(Exception):
    """The row wasn't committed in time. The ATS delivers it again."""


class Committer:
    def __init__(self) -> None:
        self._waiting: queue.Queue[tuple[storage.NewEvent, Future[storage.Stored]]] = queue.Queue(MOST_WAITING)
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def store(self, event: storage.NewEvent) -> storage.Stored:
        """Return once the event is committed. Raises Overloaded, or the database's error."""
        if (
            self._thread is None or not self._thread.is_alive()
        ):  # not before the first request: gunicorn forks until then
            self._start()
        outcome: Future[storage.Stored] = Future()
        try:
            self._waiting.put_nowait((event, outcome))
            return outcome.result(WAIT_SECONDS)
        except (queue.Full, TimeoutError):
            raise Overloaded from None

    def _start(self) -> None:
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="committer", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            try:
                batch = [self._waiting.get(timeout=IDLE_SECONDS)]
            except queue.Empty:
                connections.close_all()
                continue
            while len(batch) < MOST_ROWS and not self._waiting.empty():
                batch.append(self._waiting.get())
            try:
                self._commit(batch)
            except Exception:  # the next batch must not wait for another thread
                log.exception("batch_failed")

    def _commit(self, batch: list[tuple[storage.NewEvent, Future[storage.Stored]]]) -> None:
        try:
            stored = _insert([event for event, _outcome in batch])
        except Exception as error:
            is_database_away = isinstance(error, (OperationalError, InterfaceError))
            if len(batch) == 1 or is_database_away:
                for _event, outcome in batch:
                    outcome.set_exception(error)
                return
            log.warning("batch_refused", rows=len(batch), exc_info=error)
            for each in batch:  # one bad row must not hold up the others
                self._commit([each])
            return
        for (_event, outcome), result in zip(batch, stored, strict=True):
            outcome.set_result(result)
        if storage.Stored.NEW in stored:
            wakeup.notify_now(InboundEvent._meta.label, InboundEvent.queues[0].name)


def _insert(events: list[storage.NewEvent]) -> list[storage.Stored]:
    close_old_connections()
    with timeouts.answers_within(DATABASE_SECONDS), cross_tenant("deliveries of several organizations in one commit"):
        return storage.insert(events)
