"""The threads that run next to the tasks in a worker process: its heartbeat, and polling for due work.

Both are threads that need no broker: while it is unavailable, polling finds the work.
"""

import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

import structlog
from celery.signals import celeryd_after_setup, worker_shutdown, worker_shutting_down
from django.db import Error, close_old_connections, connection

from crosschq.core.database import timeouts
from crosschq.core.outbox import alarm, draining, liveness, work_item
from crosschq.core.outbox.queues import QUEUES
from crosschq.core.restore import mode

log = structlog.get_logger(__name__)

POLL_SECONDS = 2.0
# After a failure, such as the first query on a broken connection. Also how long one heartbeat may take.
SOON_SECONDS = 0.5
BEAT_MAX_SECONDS = 3.0

_ended = threading.Event()


@celeryd_after_setup.connect
def begin(instance: Any = None, **_: object) -> None:
    """Start the threads before the worker connects to its broker, which may be unavailable."""
    start(instance.app.amqp.queues.consume_from)
    connection.close()  # of this thread, which needs none until the process ends


@worker_shutting_down.connect
def stop_claiming(**_: object) -> None:
    draining.stopping.set()


@worker_shutdown.connect
def end(**_: object) -> None:
    """Finish what runs, then release this worker's other leases."""
    draining.finish()
    _ended.set()
    _forget_this_worker()


def start(queues: Iterable[str]) -> None:
    """Send heartbeats, and poll these queues, until the process ends."""
    liveness.begin()
    try:
        mode.watch()
        _beat()
    except Error as error:
        # The threads try again, and claim nothing before the first heartbeat.
        log.warning("database_unreachable", kind=type(error).__name__)
    served = [name for name in QUEUES if name in set(queues)]
    for target, arguments in ((_beat_forever, ()), (_poll_forever, (served,))):
        threading.Thread(target=target, args=arguments, name=target.__name__.strip("_"), daemon=True).start()


def _beat_forever() -> None:
    _forever(_beat, every=liveness.BEAT_SECONDS)


def _poll_forever(queues: list[str]) -> None:
    _forever(lambda: wake_due_queues(queues), every=POLL_SECONDS)


def wake_due_queues(queues: Iterable[str]) -> int:
    """Wake a thread for each table and queue in which work is due, and check alarms. Returns for how many."""
    alarm.check_periodically()
    mode.catch_up()
    draining.look_after_claimed()
    found = 0
    for model in work_item.kinds():
        for queue in model.queues:
            label = model._meta.label
            if queue.name in queues and not draining.is_busy(label, queue.name) and work_item.is_any_due(model, queue):
                found += 1
                draining.wake(label, queue.name)
    return found


def _forever(act: Callable[[], object], *, every: float) -> None:
    """Repeat until the process ends, despite any failure: the database may be unavailable for a while."""
    while not _ended.is_set():
        began, pause = time.monotonic(), every
        try:
            close_old_connections()
            act()
        except Error as error:
            log.warning("database_unreachable", kind=type(error).__name__)
            pause = SOON_SECONDS
        except Exception:
            log.exception("worker_thread_failed")
        _ended.wait(max(0.1, pause - (time.monotonic() - began)))


def _beat() -> None:
    with timeouts.answers_within(BEAT_MAX_SECONDS):
        liveness.beat()
    work_item.release_abandoned()
    mode.check_and_advance()


def _forget_this_worker() -> None:
    try:
        liveness.say_goodbye()
    except Error as error:
        log.warning("database_unreachable", kind=type(error).__name__)
