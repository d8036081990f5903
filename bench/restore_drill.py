"""Back up, keep working, lose the database, restore the backup, and show that nothing goes out twice.

    make restore-drill      (POOLER=1)

Runs its own servers and processes. It moves some candidates and writes some notes, runs pg_dump, does more of both, and
then drops and restores the database while the workers run. Restore mode must begin automatically. Then it compares the
table counts with those at the dump, decides everything that is held by what is known about it, and compares the
sandbox's inbox and notes with those before the loss.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.storm.__main__ import running
from bench.storm.plan import Act, Plan
from bench.storm.product import StormProduct
from bench.storm.senders import Senders
from scripts.stack import databases
from scripts.stack.postgres import Postgres
from scripts.stack.stack import Stack

DATABASE = "storm"
BEFORE, AFTER = 6, 4
# Longer than a worker takes to look for due work twice.
QUIET_SECONDS = 5.0
PATIENCE_SECONDS = 60.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pooler", action="store_true", help="PgBouncer in front of PostgreSQL")
    given = parser.parse_args()
    with (
        TemporaryDirectory(prefix="crosschq-drill-") as folder,
        running(Path(folder), 20, has_pooler=given.pooler) as (stack, product),
    ):
        return drill(stack, product, Path(folder) / "backup")


def drill(stack: Stack, product: StormProduct, backup: Path) -> int:
    from bench.storm import counts

    senders = Senders(product.sandbox_url, Plan(BEFORE + AFTER, BEFORE + AFTER, (), ()))
    senders.seed()
    _work(senders, range(BEFORE))
    _wait_for_stamp()
    at_dump = _rows(stack)
    _pg(stack, "pg_dump", "--format=custom", f"--file={backup}", f"--dbname={_superuser_url(stack)}")
    print(f"dumped      {backup.stat().st_size:,} bytes", flush=True)
    _work(senders, range(BEFORE, BEFORE + AFTER))
    _wait_for_stamp()
    before = _outside(senders)
    print(f"lost        {sum(_rows(stack).values()) - sum(at_dump.values())} rows since the dump", flush=True)
    began = time.monotonic()
    with databases.cursor(stack.postgres.url("postgres", "postgres")) as sql:
        # The workers are still connected, as the role app.
        sql.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")
    databases.create_database(stack.owner_url("postgres"), DATABASE)
    # In one transaction, so that no worker mistakes a half-restored database for a new one.
    _pg(
        stack, "pg_restore", "--single-transaction", "--exit-on-error", f"--dbname={_superuser_url(stack)}", str(backup)
    )
    print(f"restored    in {time.monotonic() - began:.1f} s", flush=True)
    now = _rows(stack)
    differing = {table: (was, now[table]) for table, was in at_dump.items() if was != now[table]}
    print(f"compared    {len(at_dump)} tables, {len(differing)} differ from the dump: {differing}", flush=True)
    entered = _wait_for_restore_mode()
    _wait_until_quiet(senders)
    print(f"restore mode after {entered:.1f} s; held: {_held()}", flush=True)
    # The vendor again reports the people who were moved after the dump.
    for number in range(BEFORE, BEFORE + AFTER):
        for event in senders.events[number : number + 1]:
            senders.sandbox.tell("redeliver", event_id=event)
    _wait_until_quiet(senders)
    again = _outside(senders) - before
    waiting = Counter(counts.unfinished())
    print(f"afterwards  waiting for a person: {dict(waiting)}; known to be invited: {_invited()}", flush=True)
    _decide()
    _wait_until_quiet(senders)
    again += _outside(senders) - before - again
    twice = {what: number for what, number in again.items() if number}
    print(f"went out again: {twice or 'nothing'}")
    return 1 if twice or entered == float("inf") else 0


def _work(senders: Senders, numbers: range) -> None:
    from bench.storm import counts

    for number in numbers:
        senders.act(Act(0, "move", number, "INTERVIEW", "Crosschq"))
        senders.act(Act(0, "note", number))
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not all(counts.is_done(senders, number) for number in numbers):
        if time.monotonic() > deadline:
            raise SystemExit(f"The work before the loss isn't done: {counts.reasons()}")
        time.sleep(0.5)


def _outside(senders: Senders) -> Counter[str]:
    """How many emails each address got, and how many notes each candidate got."""
    found = Counter(f"email to {letter.to[0]}" for letter in senders.sandbox.letters())
    return found + Counter(f"note {text[-30:]}" for text in senders.sandbox.read("notes"))


def _superuser_url(stack: Stack) -> str:
    return stack.postgres.url("postgres", DATABASE)


def _pg(stack: Stack, program: str, *arguments: str) -> None:
    if not isinstance(stack.postgres, Postgres):
        raise SystemExit("The drill drops a database. It runs on the embedded PostgreSQL only.")
    subprocess.run([str(stack.postgres.programs / program), *arguments], check=True)


def _rows(stack: Stack) -> Counter[str]:
    """How many rows each table has, except workers, heartbeats, and stamps, which change all the time."""
    found: Counter[str] = Counter()
    with databases.cursor(_superuser_url(stack)) as sql:
        sql.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE 'core_%%'")
        for (table,) in sql.fetchall():
            sql.execute(f'SELECT count(*) FROM "{table}"')  # noqa: S608 - a name from the catalog
            found[table] = sql.fetchone()[0]
    return found


def _wait_for_restore_mode() -> float:
    from django.db import Error, connections

    from crosschq.core.models import Installation

    began = time.monotonic()
    while time.monotonic() - began < PATIENCE_SECONDS:
        try:
            if Installation.objects.exclude(restored_at=None).exists():
                return time.monotonic() - began
        except Error:
            connections.close_all()
        time.sleep(0.2)
    return float("inf")


def _wait_for_stamp() -> None:
    """Wait until a worker has stored outside that the database has advanced."""
    before, began = _stamped(), time.monotonic()
    while _stamped() <= before:
        if time.monotonic() - began > PATIENCE_SECONDS:
            raise SystemExit("No worker has stored how far the database has advanced.")
        time.sleep(0.2)


def _stamped() -> int:
    from crosschq.core.restore import stamp

    return max((each.number for each in stamp.outside()), default=0)


def _wait_until_quiet(senders: Senders) -> None:
    """Wait until nothing has changed for a while, neither our work nor what has arrived outside."""
    from bench.storm import counts

    began = since = time.monotonic()
    before: object = None
    while time.monotonic() - since < QUIET_SECONDS and time.monotonic() - began < PATIENCE_SECONDS:
        now = (counts.unfinished(), senders.sandbox.read("counts")["deliveries"], _outside(senders))
        if now != before or not set(now[1]) <= {"delivered"}:
            before, since = now, time.monotonic()
        time.sleep(0.5)


def _held() -> dict[str, int]:
    from crosschq.core.restore import held

    return {**held.count(), **held.count_known()}


def _invited() -> int:
    """How many of the held moves are of people who were invited after the dump, according to the ledger."""
    from crosschq.tenancy.scope import cross_tenant
    from webhooks.models import InboundEvent

    with cross_tenant("the drill looks at every move"):
        return int(InboundEvent.objects.filter(values__has_key="invited").count())


def _decide() -> None:
    from django.core.management import call_command

    call_command("release_held", by_evidence=True)


if __name__ == "__main__":
    sys.exit(main())
