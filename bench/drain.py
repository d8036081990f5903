"""Events a second that two worker processes decide, each committed singly, compared with Celery tasks that do nothing.

    make bench NAME=drain      (ARGUMENTS="--rounds 3 --items 2000")

The events need no call to an ATS. Both kinds of workers have two processes, the same broker, and a full queue before
they continue. Rounds alternate. Prints both rates, the CPU time, the statements and the round trips of an event, and
the median ratio.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from signal import SIGCONT, SIGSTOP
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock

import redis

from bench import results, stage
from bench.intake import cpu_of_tree
from bench.results import Line

GOAL, MOST_STATEMENTS, MOST_MILLISECONDS = 0.7, 6.0, 2.0
READY_SECONDS = 60.0
# Counting the due rows costs more than asking the broker, so do it rarely.
POLL_SECONDS = 0.05


def main() -> None:
    arguments = results.parser(__doc__)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--items", type=int, default=2000)
    arguments.add_argument("--processes", type=int, default=2, help="of the product; Celery's are two")
    given = arguments.parse_args()
    stage.ready()
    connection = make_connection()
    statements, round_trips = statements_of(connection)
    floors, rates, milliseconds = [], [], []
    with ExitStack() as running:
        folder = Path(running.enter_context(TemporaryDirectory()))
        floor = running.enter_context(workers(folder, "bench.no_op", "no-op", "bench-no-op", "--pool", "prefork"))
        ours = running.enter_context(workers(folder, "crosschq", "events", "vendor", processes=given.processes))
        warm_up(connection, [*floor, *ours])
        for number in range(given.rounds):
            floors.append(given.items / drained(floor, partial(publish, given.items), is_broker_empty))
            before = used(ours)
            seconds = drained(ours, partial(store, connection, given.items, str(number)), is_nothing_due)
            cpu = [(now - then) / given.items * 1000 for now, then in zip(used(ours), before, strict=True)]
            rates.append(given.items / seconds)
            milliseconds.append(sum(cpu))
            print(
                f"round {number + 1}: Celery {floors[-1]:6.0f} a second, events {rates[-1]:6.0f}"
                f" ({rates[-1] / floors[-1]:.2f}); CPU of an event {cpu[0]:.2f} + PostgreSQL {cpu[1]:.2f} ms",
                flush=True,
            )
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    shares = [rate / floor for rate, floor in zip(rates, floors, strict=True)]
    lines = [
        Line("events, as a share of Celery's tasks that do nothing", shares, least=GOAL, gates=True),
        Line("events a second", rates),
        Line("statements of an event", [statements], most=MOST_STATEMENTS, gates=True),
        Line("round trips of an event", [round_trips]),
        Line("CPU time of an event, with PostgreSQL", milliseconds, "ms", most=MOST_MILLISECONDS),
    ]
    results.finish(lines, given.results)


def make_connection() -> int:
    """A connection with requests turned on, in its own organization. Its ATS is never called."""
    from connectors.models import Connection, ConnectionState
    from crosschq.accounts.sign_up.create_organization import create_organization
    from crosschq.core import clock
    from crosschq.tenancy.models import User
    from crosschq.tenancy.scope import cross_tenant, tenant

    with cross_tenant("an earlier benchmark may have been stopped midway"):
        Connection.objects.update(state=ConnectionState.NOT_CONNECTED)
    user = User.objects.create_user(f"bench-{os.urandom(4).hex()}@acme.example", name="Bench")
    organization = create_organization(name="Bench", owner=user, time_zone="UTC")
    with tenant(organization):
        made = Connection.objects.create(
            organization=organization,
            vendor="smartrecruiters",
            state=ConnectionState.CONNECTED,
            requests_on=True,
            requests_on_since=clock.now(),
        )
        return int(made.pk)


def store(connection: int, number: int, name: str) -> None:
    """Store events that aren't about a move, of one candidate each."""
    from connectors.models import Connection
    from crosschq.tenancy.scope import cross_tenant
    from webhooks.models import InboundEvent

    with cross_tenant("a benchmark"):
        organization = Connection.objects.get(pk=connection).organization_id
        events = (
            InboundEvent(
                organization_id=organization,
                connection_id=connection,
                event_id=f"{os.getpid()}-{name}-{each}",
                event_name="offer.created",
                body=b'{"candidate_id":"c-%d","job_id":"j"}' % each,
                candidate_id=f"c-{name}-{each}",
                job_id="j",
            )
            for each in range(number)
        )
        InboundEvent.objects.bulk_create(events, batch_size=500)


def publish(number: int) -> None:
    from bench.no_op import app, no_op

    with app.producer_or_acquire() as producer:
        for _ in range(number):
            no_op.apply_async(producer=producer)


def is_broker_empty() -> bool:
    """Whether every task was consumed and acknowledged."""
    with redis.Redis.from_url(os.environ["CELERY_BROKER_URL"]) as broker:
        return not broker.llen("bench-no-op") and not broker.hlen("unacked")


def is_nothing_due() -> bool:
    from crosschq.core.outbox.work_item import WorkState
    from crosschq.tenancy.scope import cross_tenant
    from webhooks.models import InboundEvent

    with cross_tenant("a benchmark"):
        return not InboundEvent.objects.filter(state__in=[WorkState.PENDING, WorkState.WORKING]).exists()


def used(pids: list[int]) -> tuple[float, float]:
    """The CPU seconds of the workers and of PostgreSQL."""
    return sum(cpu_of_tree(pid) for pid in pids), cpu_of_postgres()


def cpu_of_postgres() -> float:
    """The CPU seconds of the server behind our database, with all of its processes."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()
    server = int(_stat(backend)[1])  # its parent: proc_pid_stat(5)
    of_ended = sum(int(ticks) for ticks in _stat(server)[13:15]) / os.sysconf("SC_CLK_TCK")
    return cpu_of_tree(server) + of_ended


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the name."""
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()


def statements_of(connection: int) -> tuple[float, float]:
    """How many statements and round trips an event costs if one thread decides twenty."""
    from django.db import connection as database
    from django.test.utils import CaptureQueriesContext

    from crosschq.core.outbox import draining

    ahead = []

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        try:
            return execute(sql, params, many, context)
        finally:
            ahead.extend(context["connection"].sent_ahead)

    store(connection, 20, "counted")
    with mock.patch.object(draining, "wake"), CaptureQueriesContext(database) as seen, database.execute_wrapper(note):
        done = draining.run("webhooks.InboundEvent", "vendor")
    return (len(seen) + len(ahead)) / done, len(seen) / done


@contextmanager
def workers(folder: Path, app: str, name: str, queue: str, *more: str, processes: int = 2) -> Iterator[list[int]]:
    """Worker processes, or with further arguments one with two children. Returns the ids of those that were started."""
    from scripts.stack.folder import StateFolder
    from scripts.stack.processes import start

    command = [sys.executable, "-m", "celery", "-A", app, "worker", "--loglevel", "WARNING", "--queues", queue]
    command += ["--without-gossip", "--without-mingle", "--without-heartbeat", *more]
    each = [[*command, "--concurrency", "2", "--hostname", f"{name}@%h"]]
    if not more:
        each = [[*command, "--hostname", f"{name}-{number}@%h"] for number in range(1, processes + 1)]
    with ExitStack() as running:
        started = []
        for number, line in enumerate(each):
            process = start(StateFolder(folder), f"{name}-{number}", line, env=os.environ)
            running.callback(process.stop)
            started.append(process)
        yield [process.popen.pid for process in started]


def warm_up(connection: int, pids: list[int]) -> None:
    """Wait until all workers work, with connections open and code loaded."""
    publish(50)
    store(connection, 200, "warm")
    deadline = time.monotonic() + READY_SECONDS
    while not (is_broker_empty() and is_nothing_due()):
        if time.monotonic() > deadline:
            raise SystemExit("The workers didn't start.")
        time.sleep(0.1)


def drained(pids: list[int], fill: Callable[[], None], is_done: Callable[[], bool]) -> float:
    """Seconds from the moment that the stopped workers continue with a full queue until it is empty."""
    stopped = tree(pids)
    for pid in stopped:
        os.kill(pid, SIGSTOP)
    try:
        fill()
    finally:
        began = time.monotonic()
        for pid in stopped:
            os.kill(pid, SIGCONT)
    while not is_done():
        time.sleep(POLL_SECONDS)
    return time.monotonic() - began


def tree(pids: list[int]) -> list[int]:
    from scripts.stack.processes import children

    return [each for pid in pids for each in (pid, *children(pid))]


if __name__ == "__main__":
    main()
