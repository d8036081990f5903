"""Deliveries in one table and in a table with a partition for each month: storing, deduplication, retention.

    make bench NAME=partitions      (ARGUMENTS="--rows 30000")

Both tables have the columns and indexes of webhooks_inboundevent. An index that makes ids unique would have to contain
the month, so the partitioned one has a table of keys beside it, which isn't partitioned. Each commit stores a hundred
deliveries, a tenth of which are stored already. Then the oldest of three months goes: by DELETE in one, by DROP in the
other. Rounds alternate, and the figures are ratios of the two in the same run.
"""

from __future__ import annotations

import argparse
import itertools
import os
import statistics
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

import psycopg2

BATCH = 100
KNOWN = BATCH // 10
MONTHS = ("2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01")
TABLES = """
DROP SCHEMA IF EXISTS bench_partitions CASCADE;
CREATE SCHEMA bench_partitions;
SET search_path = bench_partitions, public;
CREATE TABLE plain (LIKE public.webhooks_inboundevent INCLUDING ALL);
CREATE TABLE parted (LIKE public.webhooks_inboundevent INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING IDENTITY)
    PARTITION BY RANGE (created_at);
CREATE TABLE parted_key (connection_id bigint, event_id varchar(200), created_at timestamptz NOT NULL,
    PRIMARY KEY (connection_id, event_id));
CREATE INDEX ON parted_key (created_at);
"""
PARTITION = "CREATE TABLE parted_{number} PARTITION OF parted FOR VALUES FROM ('{start}') TO ('{end}')"
INDEXES = """SELECT indexdef FROM pg_indexes
WHERE schemaname = 'public' AND tablename = 'webhooks_inboundevent' AND indexdef NOT LIKE 'CREATE UNIQUE%'"""
COLUMNS = """organization_id, connection_id, event_id, event_name, body, candidate_id, job_id, created_at, uid, state,
    attempts, available_at, held_for, reason, trace_id, event_version, happened_at, outcome, values, checks,
    candidate_name, job_title, attempt_log, chosen_email, allow_repeat, asked_by, notified_outcome"""
# As they are after the decision: each has an outcome, and is about one of 200 organizations.
ROWS = """SELECT (n %% 200)::bigint AS organization_id, (n %% 200)::bigint AS connection_id, 'event-' || n AS event_id,
    'application.status.updated' AS event_name, convert_to(repeat('x', 150), 'UTF8') AS body, 'c' || n AS candidate_id,
    'j' || n %% 1000 AS job_id, %(month)s::timestamptz + n %% 2000000 * interval '1 second' AS created_at,
    gen_random_uuid() AS uid, 'done' AS state, 1 AS attempts, now() AS available_at, '' AS held_for, '' AS reason,
    '' AS trace_id, '1' AS event_version, now() AS happened_at, 'no.other_step' AS outcome, '{}'::jsonb AS values,
    '[]'::jsonb AS checks, '' AS candidate_name, '' AS job_title, '[]'::jsonb AS attempt_log, '' AS chosen_email,
    false AS allow_repeat, '' AS asked_by, '' AS notified_outcome
FROM generate_series(%(first)s, %(last)s) n"""
INTO_PLAIN = f"INSERT INTO plain ({COLUMNS}) SELECT {COLUMNS} FROM ({ROWS}) event ON CONFLICT DO NOTHING"  # noqa: S608 - constants
INTO_PARTED = f"""
WITH event AS MATERIALIZED ({ROWS}), fresh AS (
    INSERT INTO parted_key SELECT connection_id, event_id, created_at FROM event
    ORDER BY connection_id, event_id ON CONFLICT DO NOTHING RETURNING connection_id, event_id
)
INSERT INTO parted ({COLUMNS}) SELECT {COLUMNS} FROM event JOIN fresh USING (connection_id, event_id)"""  # noqa: S608 - constants
SOME_OF_A_MONTH = """DELETE FROM {table} WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM {table} WHERE created_at < %s ORDER BY created_at LIMIT 5000))"""
SIZE_OF_PARTED = """SELECT sum(pg_total_relation_size(relid)) + pg_total_relation_size('parted_key')
FROM pg_partition_tree('parted')"""
NEWEST = """SELECT id FROM {table} WHERE organization_id = 7 ORDER BY created_at DESC, id DESC LIMIT 50"""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rows", type=int, default=30_000, help="in each month")
    rows = arguments.parse_args().rows
    with closing(psycopg2.connect(os.environ["OWNER_DATABASE_URL"])) as connection, connection.cursor() as sql:
        connection.autocommit = True
        sql.execute("SET statement_timeout = 0")
        try:
            compare(sql, rows)
        finally:
            sql.execute("DROP SCHEMA IF EXISTS bench_partitions CASCADE")


def compare(sql: Any, rows: int) -> None:
    create(sql)
    ratios = []
    for number, month in enumerate(MONTHS[:-1]):
        rates = {name: rows / fill(sql, text, month, number * rows, rows) for name, text in STATEMENTS.items()}
        ratios.append(rates["parted"] / rates["plain"])
        print(
            f"{month[:7]}: plain {rates['plain']:7,.0f} rows a second, partitioned {rates['parted']:7,.0f}"
            f" ({ratios[-1]:.2f})",
            flush=True,
        )
    print(f"storing with a table of keys, median ratio {statistics.median(ratios):.2f}")
    sql.execute("VACUUM ANALYZE plain, parted, parted_key")
    report_sizes(sql, "before")
    deleted = measured(sql, lambda: delete_month(sql, "plain"))
    vacuumed = measured(sql, lambda: sql.execute("VACUUM plain"))
    dropped = measured(sql, lambda: sql.execute("DROP TABLE parted_0"))
    forgotten = measured(sql, lambda: delete_month(sql, "parted_key"))
    for name, (seconds, megabytes) in {
        "DELETE of a month": deleted,
        "its VACUUM": vacuumed,
        "DROP of its partition": dropped,
        "DELETE of its keys": forgotten,
    }.items():
        print(f"{name:24} {seconds * 1000:9.1f} ms, {megabytes:7.1f} MB of WAL")
    both = dropped[0] + forgotten[0]
    print(
        f"DELETE and VACUUM took {(deleted[0] + vacuumed[0]) / dropped[0]:,.0f} times as long as the DROP, and"
        f" {(deleted[0] + vacuumed[0]) / both:.1f} times as long as the DROP and the DELETE of the keys"
    )
    report_sizes(sql, "after")
    plain, parted = (
        statistics.median(measured(sql, lambda text=text: sql.execute(text))[0] for _ in range(50))
        for text in (NEWEST.format(table="plain"), NEWEST.format(table="parted"))
    )
    print(f"newest 50 of one organization: plain {plain * 1000:.2f} ms, partitioned {parted * 1000:.2f} ms")
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


STATEMENTS = {"plain": INTO_PLAIN, "parted": INTO_PARTED}


def create(sql: Any) -> None:
    sql.execute(TABLES)
    for number, (start, end) in enumerate(itertools.pairwise(MONTHS)):
        sql.execute(PARTITION.format(number=number, start=start, end=end))
    sql.execute(INDEXES)
    for (definition,) in sql.fetchall():
        name, _on, rest = definition.partition(" ON public.webhooks_inboundevent")
        sql.execute(f"CREATE INDEX {name.split()[-1]}_parted ON parted{rest}")
    sql.execute("CREATE INDEX ON parted (id); CREATE INDEX ON parted (uid)")


def fill(sql: Any, text: str, month: str, first: int, rows: int) -> float:
    """Seconds for these rows, in batches that repeat the last rows of the batch before."""
    began = time.monotonic()
    for start in range(first, first + rows, BATCH - KNOWN):
        values = {"first": max(first, start - KNOWN), "last": min(first + rows, start + BATCH - KNOWN) - 1}
        sql.execute(text, values | {"month": month})
    return time.monotonic() - began


def delete_month(sql: Any, table: str) -> None:
    """Delete the month like the nightly task does, a few thousand rows in each transaction."""
    while True:
        sql.execute(SOME_OF_A_MONTH.format(table=table), [MONTHS[1]])
        if not sql.rowcount:
            return


def measured(sql: Any, act: Callable[[], object]) -> tuple[float, float]:
    """Seconds, and megabytes written to the log that makes it durable."""
    sql.execute("SELECT pg_current_wal_lsn()")
    (before,) = sql.fetchone()
    began = time.monotonic()
    act()
    seconds = time.monotonic() - began
    sql.execute("SELECT pg_current_wal_lsn() - %s::pg_lsn", [before])
    return seconds, float(sql.fetchone()[0]) / 1e6


def report_sizes(sql: Any, when: str) -> None:
    sql.execute("SELECT pg_total_relation_size('plain'), count(*) FROM plain")
    plain, plain_rows = sql.fetchone()
    sql.execute(SIZE_OF_PARTED)
    parted = int(sql.fetchone()[0])
    print(
        f"{when}: {plain_rows:,} rows; plain {plain / 1e6:.0f} MB ({plain / plain_rows:,.0f} bytes a row),"
        f" partitioned with keys {parted / 1e6:.0f} MB"
    )


if __name__ == "__main__":
    main()
