"""Events a second that one worker process and two decide, each committed singly: the ratio shows what they wait for.

    make bench NAME=two_workers      (ARGUMENTS="--share 0.3 --rounds 3 --items 1500")

A worker needs a whole core, and PostgreSQL half of one for each worker, so two workers don't fit into two cores. With
`--share` each worker gets at most this share of a core, by the kernel's quota (cgroups), and two and PostgreSQL fit.
Then what keeps the ratio below 2 is not the number of cores but waiting for each other, or for the disk: each commit
waits for a flush, which `--without-flush` leaves out. Prints also what our sessions waited for, among samples taken
every 20 ms.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import stage
from bench.drain import drained, is_nothing_due, make_connection, store, tree, workers

GOAL = 1.8
PERIOD = 20_000  # microseconds of the kernel's quota
GROUPS = Path("/sys/fs/cgroup/cpu"), Path("/sys/fs/cgroup")
WARM_SECONDS = 60.0
WAITS = """SELECT coalesce(wait_event_type || ' ' || wait_event, 'running') FROM pg_stat_activity
WHERE usename = 'app' AND state = 'active' AND pid <> pg_backend_pid()"""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--share", type=float, default=0.0, help="of a core for each worker (default: no limit)")
    arguments.add_argument("--without-flush", action="store_true", help="commits don't wait for the disk")
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--items", type=int, default=1500)
    given = arguments.parse_args()
    stage.ready()
    connection = make_connection()
    with commits(flush=not given.without_flush):
        ratios, waits = compare(connection, given)
    print(f"median ratio {statistics.median(ratios):.2f} (goal {GOAL:g} where the cores allow it)")
    total = sum(waits.values())
    print(f"what {total:,} samples of active sessions waited for, with two workers:")
    for what, times in waits.most_common(8):
        print(f"  {what:32} {times / total:6.1%}")
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")


def compare(connection: int, given: argparse.Namespace) -> tuple[list[float], Counter[str]]:
    """The ratio of each round, and what sessions waited for while two workers decided."""
    ratios, waits = [], Counter[str]()
    for number in range(given.rounds):
        rates = []
        for processes in (1, 2):
            seen = Counter[str]()
            rates.append(given.items / run(connection, processes, given, f"{number}-{processes}", seen))
            waits += seen if processes == 2 else Counter()
        ratios.append(rates[1] / rates[0])
        print(f"round {number + 1}: one {rates[0]:5.0f} a second, two {rates[1]:5.0f} ({ratios[-1]:.2f})", flush=True)
    return ratios, waits


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


def run(connection: int, processes: int, given: argparse.Namespace, name: str, waits: Counter[str]) -> float:
    """Seconds in which this many workers decide the events."""
    with ExitStack() as running:
        folder = Path(running.enter_context(TemporaryDirectory()))
        pids = running.enter_context(workers(folder, "crosschq", "events", "vendor", processes=processes))
        warm_up(connection, name)
        for number, pid in enumerate(pids):
            running.enter_context(limited(pid, given.share, number))
        fill = partial(store, connection, given.items, name)
        return drained(pids, fill, partial(is_done, waits))


def is_done(waits: Counter[str]) -> bool:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(WAITS)
        waits.update(what for (what,) in cursor.fetchall())
    return is_nothing_due()


def warm_up(connection: int, name: str) -> None:
    """Until the workers have their connections and their code."""
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
