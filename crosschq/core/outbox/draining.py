"""How one thread of a worker drains one queue of a table, and wakes other threads.

Each thread leases one row at a time, because a row leased early would wait behind a slow one. If more rows are due, the
thread first wakes another, so a queue gains threads one by one and releases them when no work is left.
"""

import threading
import time
from collections.abc import Callable

from django.utils.module_loading import import_string

from crosschq.core.outbox import liveness, work_item
from crosschq.core.outbox.queues import QUEUES

# Long enough to justify a wake-up, short enough for other tables in the queue to get their turn.
SECONDS = 15.0

WakeThread = Callable[[str, str], object]

_threads = {name: threading.BoundedSemaphore(queue.threads) for name, queue in QUEUES.items()}
# Wake-ups that arrived while every thread of their queue was busy.
_missed_wakeups: set[tuple[str, str]] = set()
# Set when the process shuts down: running work finishes, and no new work starts.
stopping = threading.Event()


def run(label: str, queue: str, *, wake_thread: WakeThread) -> int:
    """Perform the due rows in one queue of a table until none are left. Returns how many.

    wake_thread: asks another thread to do the same, without waiting for it.
    """
    if not _threads[queue].acquire(blocking=False):
        _missed_wakeups.add((label, queue))
        return 0
    try:
        return _perform_due(label, queue, wake_thread)
    finally:
        _threads[queue].release()
        if (label, queue) in _missed_wakeups:
            _missed_wakeups.discard((label, queue))
            wake_thread(label, queue)


def _perform_due(label: str, queue: str, wake_thread: WakeThread) -> int:
    model, until, count = work_item.kind(label), time.monotonic() + SECONDS, 0
    # A worker that can't send heartbeats would have to give up what it claims.
    while not stopping.is_set() and liveness.may_begin_effects(time.monotonic()):
        if time.monotonic() > until:
            wake_thread(label, queue)
            return count
        item = work_item.claim(model, QUEUES[queue], lost=count == 0)
        if item is None:
            break
        if getattr(item, "more_due", False):
            wake_thread(label, queue)
        work_item.attempt(item)
        count += 1
    if count and model.when_drained:
        import_string(model.when_drained)()
    return count
