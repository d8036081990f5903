"""Events a second that one worker process and two decide, each committed singly: the ratio shows what they wait for.

    make bench NAME=two_workers      (ARGUMENTS="--share 0.3 --rounds 3 --items 1500")

A worker needs a whole core, and PostgreSQL half of one for each worker, so two workers don't fit into two cores. With
`--share` each worker gets at most this share of a core, by the kernel's quota (cgroups), and two and PostgreSQL fit.
Then what keeps the ratio below 2 is not the number of cores but waiting for each other, or for the disk. Each round
also compares them without waiting for the disk's flush. Prints how much of its share a worker used, the CPU time
of an event, what it allows at most, and what our sessions waited for, among samples taken every 20 ms. On a shared
machine the same event takes more time or less, so it prints each ratio also as if it took the same.
"""

from __future__ import annotations

import argparse
import os
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from bench import results, stage
from bench.drain import drained, is_nothing_due, make_connection, store, tree, used, workers
from bench.results import Line

GOAL = 1.8
PERIOD = 20_000  # microseconds of the kernel's quota
GROUPS = Path("/sys/fs/cgroup/cpu"), Path("/sys/fs/cgroup")
WARM_SECONDS = 60.0
WAITS = """SELECT coalesce(wait_event_type || ' ' || wait_event, 'running') FROM pg_stat_activity
WHERE usename = 'app' AND state = 'active' AND pid <> pg_backend_pid()"""


class Ratio(NamedTuple):
    rates: float
    cores: float
    """The ratio of rates if an event took both the same CPU time, from the cores that the workers used."""


class Run(NamedTuple):
    rate: float
    workers: float
    """Milliseconds of CPU time for each event."""
    database: float
    used: float
    """Cores that each worker used."""


def main() -> None:
    arguments = results.parser(__doc__)
    arguments.add_argument("--share", type=float, default=0.0, help="of a core for each worker (default: no limit)")
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--items", type=int, default=1500)
    given = arguments.parse_args()
    stage.ready()
    connection = make_connection()
    ratios: dict[bool, list[Ratio]] = {True: [], False: []}
    waits = Counter[str]()
    for number in range(given.rounds):
        for flush in (True, False):
            with commits(flush=flush):
                ratios[flush].append(compare(connection, given, f"{number}-{flush}", flush=flush, waits=waits))
    total = sum(waits.values())
    print(f"what {total:,} samples of active sessions waited for, with two workers that wait for the flush:")
    for what, times in waits.most_common(8):
        print(f"  {what:32} {times / total:6.1%}")
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    lines = []
    for flush, found in ratios.items():
        how = "with" if flush else "without"
        lines += [
            Line(f"two workers, as a multiple of one, {how} flush", [each.rates for each in found]),
            # Missed where two workers and PostgreSQL don't have the cores they need: see --share.
            Line(f"the same at equal CPU time for an event, {how} flush", [each.cores for each in found], least=GOAL),
        ]
    results.finish(lines, given.results)


def compare(connection: int, given: argparse.Namespace, name: str, *, flush: bool, waits: Counter[str]) -> Ratio:
    """The ratio of two workers to one. Adds what sessions waited for while two workers decided, each with its flush."""
    runs = []
    for processes in (1, 2):
        seen = Counter[str]()
        runs.append(run(connection, processes, given, f"{name}-{processes}", seen))
        waits += seen if processes == 2 and flush else Counter()
    one, two = runs
    # Two workers need twice what one uses, with its part of PostgreSQL, and there are only so many cores.
    most = min(2.0, (os.cpu_count() or 1) / (one.rate * (two.workers + two.database) / 1000))
    each = "; ".join(
        f"{name} {each.rate:5.0f} a second, an event {each.workers:.2f} + PostgreSQL {each.database:.2f} ms,"
        f" {each.used:.2f} of a core each"
        for name, each in (("one", one), ("two", two))
    )
    print(
        f"{'with   ' if flush else 'without'} flush: {two.rate / one.rate:.2f} (at most {most:.2f}); {each}", flush=True
    )
    return Ratio(two.rate / one.rate, 2 * two.used / one.used)


@contextmanager
def commits(*, flush: bool) -> Iterator[None]:
    """Whether commits of new sessions wait for the disk."""
    from scripts.stack.databases import cursor

    with cursor(os.environ["OWNER_DATABASE_URL"]) as sql:
        sql.execute("SELECT current_database()")
        (name,) = sql.fetchall()[0]
        sql.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = {"on" if flush else "off"}')
        try:
            yield
        finally:
            sql.execute(f'ALTER DATABASE "{name}" RESET synchronous_commit')


def run(connection: int, processes: int, given: argparse.Namespace, name: str, waits: Counter[str]) -> Run:
    """Decide the events with this many workers, and return what that took."""
    from crosschq.core.outbox import wakeup

    with ExitStack() as running:
        folder = Path(running.enter_context(TemporaryDirectory()))
        pids = running.enter_context(workers(folder, "crosschq", "events", "vendor", processes=processes))
        warm_up(connection, name)
        for number, pid in enumerate(pids):
            running.enter_context(limited(pid, given.share, number))
        before: list[float] = []

        def fill() -> None:
            store(connection, given.items, name)
            wakeup.notify_now("webhooks.InboundEvent", "vendor")  # as the web server does
            before.extend(used(pids))

        seconds = drained(pids, fill, partial(is_done, waits))
        of_workers, of_database = (now - then for now, then in zip(used(pids), before, strict=True))
    each = 1000 / given.items
    return Run(given.items / seconds, of_workers * each, of_database * each, of_workers / seconds / processes)


def is_done(waits: Counter[str]) -> bool:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(WAITS)
        waits.update(what for (what,) in cursor.fetchall())
    return is_nothing_due()


def warm_up(connection: int, name: str) -> None:
    """Wait until the workers have opened their connections and loaded their code."""
    deadline = time.monotonic() + WARM_SECONDS
    for number in range(4):
        store(connection, 200, f"warm-{name}-{number}")
        while not is_nothing_due():
            if time.monotonic() > deadline:
                raise SystemExit("The workers didn't start.")
            time.sleep(0.05)
        time.sleep(0.5)


@contextmanager
def limited(pid: int, share: float, number: int) -> Iterator[None]:
    """Give a process and its children at most this share of a core. 0: no limit. Needs root and cgroups."""
    if not share:
        yield
        return
    group = next((each for each in GROUPS if each.is_dir()), GROUPS[-1]) / f"crosschq-bench-{os.getpid()}-{number}"
    group.mkdir()
    try:
        quota = round(share * PERIOD)
        if (group / "cpu.max").exists():
            (group / "cpu.max").write_text(f"{quota} {PERIOD}")
        else:
            (group / "cpu.cfs_period_us").write_text(str(PERIOD))
            (group / "cpu.cfs_quota_us").write_text(str(quota))
        for each in tree([pid]):
            (group / "cgroup.procs").write_text(str(each))
        yield
    finally:
        for each in tree([pid]):
            with suppress(OSError):
                (group.parent / "cgroup.procs").write_text(str(each))
        group.rmdir()


if __name__ == "__main__":
    main()
