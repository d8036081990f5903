"""What runs beside the tasks of a worker process: its heartbeat, and a look for work that no wake-up announced.

Both are threads, so they need no broker: while it is away, waiting work is found here and done by threads of our own.
"""

import threading
import time
import uuid
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import structlog
from celery.signals import celeryd_after_setup, worker_shutdown, worker_shutting_down
from django.db import Error, close_old_connections, connection, connections

from crosschq.core.outbox import alarm, claims, draining, wakeup, work_item
from crosschq.core.outbox.queues import QUEUES

log = structlog.get_logger(__name__)

BEAT_SECONDS = 2.0
POLL_SECONDS = 2.0
# A worker that has not been heard of for an hour will not be: nothing is leased by it anymore.
FORGOTTEN_AFTER = "1 hour"

BEAT = """
INSERT INTO core_worker (uid, beat_at) VALUES (%(uid)s, now())
ON CONFLICT (uid) DO UPDATE SET beat_at = now()
"""
FORGET = f"DELETE FROM core_worker WHERE beat_at < now() - interval '{FORGOTTEN_AFTER}'"  # noqa: S608 - a constant

_ended = threading.Event()


@celeryd_after_setup.connect
def begin(instance: Any = None, **_: object) -> None:
    """Before the worker connects to its broker, which may be away."""
    start(instance.app.amqp.queues.consume_from)


@worker_shutting_down.connect
def stop_claiming(**_: object) -> None:
    draining.stopping.set()


@worker_shutdown.connect
def end(**_: object) -> None:
    """Whatever is still leased is free at once."""
    _ended.set()
    _forget_this_worker()


def start(queues: Iterable[str]) -> None:
    """Beat, and look for work in these queues, until the process ends."""
    claims.worker = uuid.uuid4()
    _beat()
    served = [name for name in QUEUES if name in set(queues)]
    for target, arguments in ((_beat_forever, ()), (_poll_forever, (served,))):
        threading.Thread(target=target, args=arguments, name=target.__name__.strip("_"), daemon=True).start()


def _beat_forever() -> None:
    _forever(_beat, every=BEAT_SECONDS)


def _poll_forever(queues: list[str]) -> None:
    # One for each thread that the queues may have, so that none of them takes up those of another.
    threads = sum(QUEUES[name].threads for name in queues)
    with ThreadPoolExecutor(max(1, threads), thread_name_prefix="without_broker") as pool:

        def drain_without_broker(label: str, queue: str) -> None:
            if not draining.stopping.is_set():
                pool.submit(_drain_here, label, queue, drain_without_broker)

        _forever(lambda: wake_due_queues(queues, fallback=drain_without_broker), every=POLL_SECONDS)


def wake_due_queues(queues: Iterable[str], *, fallback: Callable[[str, str], object]) -> int:
    """Wake a worker for each queue of a table in which something is due, and raise alarms. Returns for how many.

    otherwise: called where that is of no use: the broker can't be reached, or a wake-up waits there that nobody takes,
    for example because the workers have not found their broker again yet.
    """
    alarm.check_now_and_then()
    found = 0
    for model in work_item.kinds():
        for queue in model.queues:
            if queue.name in queues and work_item.is_any_due(model, queue):
                found += 1
                if not wakeup.notify_now(model._meta.label, queue.name):
                    fallback(model._meta.label, queue.name)
    return found


def _drain_here(label: str, queue: str, wake_thread: draining.WakeThread) -> None:
    try:
        draining.run(label, queue, wake_thread=wake_thread)
    except Exception:
        log.exception("drain_failed", label=label)
    finally:
        connections.close_all()


def _forever(act: Callable[[], object], *, every: float) -> None:
    """Until the process ends, whatever happens: the database may be away for a while."""
    while not _ended.is_set():
        began = time.monotonic()
        try:
            close_old_connections()
            act()
        except Error as error:
            log.warning("database_unreachable", kind=type(error).__name__)
        except Exception:
            log.exception("worker_thread_failed")
        _ended.wait(max(0.1, every - (time.monotonic() - began)))


def _beat() -> None:
    with connection.cursor() as cursor:
        cursor.execute(BEAT, {"uid": claims.worker})
        cursor.execute(FORGET)
    work_item.release_abandoned()


def _forget_this_worker() -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM core_worker WHERE uid = %s", [claims.worker])
    except Error as error:
        log.warning("database_unreachable", kind=type(error).__name__)
