"""How the threads of a worker drain its queues.

Each queue has its own threads. One of them claims: a row, or several if the table allows it and they are quick, so
that none waits long behind others. The threads of the queue take the claimed rows in turn, and each thread that leaves
work behind wakes another, so a queue gains threads one by one and releases them when no work is left.
"""

import contextlib
import threading
import time
from collections import Counter, deque
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import structlog
from django.db import Error, close_old_connections
from django.utils.module_loading import import_string

from crosschq.core.outbox import batches, liveness, wakeup, work_item
from crosschq.core.outbox.queues import QUEUES, Queue

log = structlog.get_logger(__name__)

# Long enough to justify a wake-up, short enough for other tables in the queue to get their turn.
SECONDS = 15.0
# Rows are claimed one at a time while performing one takes longer than this.
QUICK_SECONDS = 1.0
# While performing a row takes less than this, a concurrency key may run twice as many rows, since they mostly wait for
# their commits. A thread then waits for a claimed row of a key at its limit instead of claiming others.
FAST_SECONDS = 0.1
# And a claim takes this many times as many rows: what it costs is shared by more, and none of them waits long.
FAST_BATCHES = 3
# Claimed rows that no thread has begun for this long are given back.
MOST_WAIT_SECONDS = 5.0

# How often other processes learn that more is due than this one claims at a time.
WAKE_OTHERS_SECONDS = 0.5

# Set when the process shuts down: running work finishes, and no new work starts.
stopping = threading.Event()
# None starts a thread before its first work.
_pools = {name: ThreadPoolExecutor(queue.threads, thread_name_prefix=name) for name, queue in QUEUES.items()}
# Wake-ups that no thread has acted on yet.
_woken: set[tuple[str, str]] = set()


def wake(label: str, queue: str, *, by_broker: bool = False) -> None:
    """Let a thread of this process drain this queue of a table, without waiting for it. by_broker: a wake-up came."""
    if by_broker:
        _share(label, queue).has_wakeup = True
    if not stopping.is_set() and (label, queue) not in _woken:
        _woken.add((label, queue))
        with contextlib.suppress(RuntimeError):  # the process is shutting down
            _threads(queue).submit(_drain, label, queue)


def _drain(label: str, queue: str) -> None:
    _woken.discard((label, queue))
    try:
        close_old_connections()
        run(label, queue)
    except Error as error:
        log.warning("database_unreachable", kind=type(error).__name__)
    except Exception:
        log.exception("drain_failed", label=label)


def _threads(queue: str) -> ThreadPoolExecutor:
    return _pools[queue]


def run(label: str, queue: str) -> int:
    """Perform the due rows in one queue of a table until none are left. Returns how many this thread performed."""
    share, until, count = _share(label, queue), time.monotonic() + SECONDS, 0
    # A worker that can't send heartbeats would have to give up what it claims.
    while not stopping.is_set() and liveness.may_begin_effects(time.monotonic()):
        if time.monotonic() > until:
            wake(label, queue)
            return count
        item = share.next(lost=count == 0)
        if item is None:
            break
        share.perform(item)
        count += 1
    if count and share.model.when_drained:
        import_string(share.model.when_drained)()
    return count


def is_busy(label: str, queue: str) -> bool:
    """Whether this process is already draining this queue of a table."""
    return _share(label, queue).is_busy


def look_after_claimed() -> None:
    """Give back claimed rows that have waited long, and wake a thread for the others. Raises django.db.Error."""
    for (label, queue), share in list(_shares.items()):
        share.give_back(before=time.monotonic() - MOST_WAIT_SECONDS)
        if share.has_claimed:
            wake(label, queue)


def finish() -> None:
    """Wait for the rows that are being performed, and start no others."""
    stopping.set()
    for queue in QUEUES:
        _threads(queue).shutdown()


class Share:
    """This process's share of one queue of a table: the rows that it claimed, and those that it is performing."""

    def __init__(self, model: type[work_item.WorkItem], queue: Queue) -> None:
        self.model = model
        self._queue = queue
        self._claimed: deque[Any] = deque()
        self._running: Counter[int] = Counter()
        self._seconds = FAST_SECONDS  # that a row took recently
        self._others_woken_at = 0.0
        self.has_wakeup = False
        # Held during a claim, so that one thread claims for all, and whenever the attributes above are read.
        self._turn = threading.Lock()

    def next(self, *, lost: bool) -> Any | None:
        """Return a claimed row that may begin, and count it as running. None if nothing is due."""
        with self._turn:
            item, more_due = self._startable(), False
            if item is None and not (self._claimed and self._is_fast):
                more_due = self._claim(lost=lost)
                item = self._startable()
            if item is not None:
                self._claimed.remove(item)
                self._running[self._key(item)] += 1
                if more_due or self._startable() is not None:
                    wake(self.model._meta.label, self._queue.name)
            return item

    def _claim(self, *, lost: bool) -> bool:
        """Claim further rows. Returns whether even more are due, which another process may take."""
        if self.has_wakeup:
            # Only now, because until this claim further wake-ups would be useless.
            self.has_wakeup = False
            wakeup.arrived(self.model._meta.label, self._queue.name)
        most = self.model.batch if self._seconds < QUICK_SECONDS else 1
        if most > 1 and self._is_fast:
            most *= FAST_BATCHES
        found = work_item.claim_several(self.model, self._queue, most=most, lost=lost)
        self._claimed.extend(found)
        more_due = bool(found) and bool(getattr(found[0], "more_due", False))
        if more_due and time.monotonic() > self._others_woken_at + WAKE_OTHERS_SECONDS:
            self._others_woken_at = time.monotonic()
            wakeup.notify_now(self.model._meta.label, self._queue.name)
        return more_due

    def perform(self, item: Any) -> None:
        began = time.monotonic()
        try:
            work_item.attempt(item)
        finally:
            with self._turn:
                self._running[self._key(item)] -= 1
                self._seconds += (time.monotonic() - began - self._seconds) / 4

    def give_back(self, *, before: float) -> None:
        with self._turn:
            waiting = [item for item in self._claimed if item.claimed_at < before]
            batches.give_back(waiting)
            for item in waiting:
                self._claimed.remove(item)

    @property
    def is_busy(self) -> bool:
        """Whether threads are performing rows. They look for more when they are done."""
        return any(self._running.values())

    @property
    def has_claimed(self) -> bool:
        """Whether claimed rows wait for a thread."""
        return bool(self._claimed)

    def _startable(self) -> Any | None:
        """The oldest claimed row whose concurrency key has fewer rows in progress than its limit."""
        limit = self._queue.per_key * (2 if self.model.batch > 1 and self._is_fast else 1)
        return next((item for item in self._claimed if self._running[self._key(item)] < limit), None)

    @property
    def _is_fast(self) -> bool:
        return self._seconds < FAST_SECONDS

    def _key(self, item: Any) -> int:
        return int(getattr(item, self.model.concurrency_column) or 0)


_shares: dict[tuple[str, str], Share] = {}
_making = threading.Lock()


def _share(label: str, queue: str) -> Share:
    with _making:
        if (label, queue) not in _shares:
            _shares[label, queue] = Share(work_item.kind(label), QUEUES[queue])
        return _shares[label, queue]
