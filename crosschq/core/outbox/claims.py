"""The SQL that leases work: which row is next, and how rows of a dead worker are claimed again.

Rows of one organization or connection share a concurrency key. A claim walks the keys by index, starting after the last
key that this process claimed from, and takes the oldest due rows of the first keys below their limits. So the cost
depends on the number of keys, not on the number of rows (figures: docs/decisions/0005-claims.md).
"""

import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import compress
from typing import Any

from django.conf import settings
from django.db import connection

from crosschq.core import clock
from crosschq.core.database import rls
from crosschq.core.outbox import liveness
from crosschq.core.outbox.circuits import LONGEST_PAUSE_SECONDS
from crosschq.core.outbox.queues import Queue
from crosschq.core.restore import stamp
from crosschq.core.security.encryption import EncryptedTextField

# How many rows of a concurrency key run at a time while their destination is slow (circuits.py).
SLOW_LIMIT = 2
# After losing its worker this many times, a row is claimed alone.
SUSPECT = 3

# PostgreSQL evaluates a recursive query row by row, so LIMIT ends the walk early. The query finds one row more than it
# leases: that row means that waking another thread is worthwhile. `due` is read several times, so PostgreSQL computes
# it once; as a plain IN it could run again for each row and lease too many. What a key runs is counted once too. A
# table whose rows are claimed several at a time limits those of this process; any other, and a destination in trouble,
# limits those of all processes.
DUE = """
    WITH RECURSIVE ahead(key) AS (
        (SELECT {key} FROM {table} WHERE {waits} AND {key} > %(after)s ORDER BY {key} LIMIT 1)
        UNION ALL
        SELECT (SELECT {key} FROM {table} WHERE {waits} AND {key} > ahead.key ORDER BY {key} LIMIT 1)
        FROM ahead WHERE ahead.key IS NOT NULL
    ), behind(key) AS (
        (SELECT {key} FROM {table} WHERE {waits} AND {key} <= %(after)s ORDER BY {key} LIMIT 1)
        UNION ALL
        SELECT (
            SELECT {key} FROM {table} WHERE {waits} AND {key} > behind.key AND {key} <= %(after)s
            ORDER BY {key} LIMIT 1
        ) FROM behind WHERE behind.key IS NOT NULL
    ), due AS (
        SELECT item.id, circuit.id IS NOT NULL AS in_trouble
        FROM (SELECT key FROM ahead UNION ALL SELECT key FROM behind) keys
        LEFT JOIN core_circuit circuit ON circuit.key = {circuit}
        CROSS JOIN LATERAL (
            SELECT id, row_number() OVER () + (
                SELECT count(*) FROM {table} WHERE {runs} AND {key} = keys.key
                AND (%(all_workers)s OR circuit.id IS NOT NULL OR leased_by = %(worker)s)
            ) AS place FROM (
                SELECT id FROM {table} WHERE {waits} AND {key} = keys.key AND available_at <= %(now)s
                ORDER BY available_at, id LIMIT %(most)s + 1 {lock}
            ) oldest
        ) item
        WHERE keys.key IS NOT NULL
        AND (circuit.open_until IS NULL OR circuit.open_until <= %(now)s OR circuit.open_until > %(longest_pause)s)
        AND item.place
            <= CASE WHEN circuit.id IS NULL THEN %(per_key)s WHEN circuit.failures > 0 THEN 1 ELSE %(slow_limit)s END
        AND (%(in_flight)s = 0 OR (SELECT count(*) FROM {table} WHERE {runs}) < %(in_flight)s)
        LIMIT %(most)s + 1
    )
"""
# The values are the old ones: a row that is claimed again while it is being worked on lost its worker.
LEASE = """state = 'working', attempts = attempts + 1,
       interruptions =
           CASE WHEN state = 'working' THEN interruptions + 1 WHEN attempts > 0 THEN interruptions ELSE 0 END,
       lease_token = gen_random_uuid(), leased_by = %(worker)s, lease_until = now() + %(lease)s * interval '1 second'"""
# Nothing is claimed in a database that isn't the one that this process checked, or an older state of it.
CHECKED = "NOT EXISTS (SELECT FROM core_installation WHERE uid <> %(installation)s OR number < %(advanced_to)s)"
CLAIM = """{due}
UPDATE {table} SET {lease} WHERE id = ANY(ARRAY(SELECT id FROM due LIMIT %(most)s)) AND {checked}
RETURNING {columns}, (SELECT count(*) > %(most)s FROM due) AS more_due,
    (SELECT in_trouble FROM due WHERE due.id = {table}.id) AS in_trouble
"""
WAITING = "{due} SELECT EXISTS (SELECT FROM due) OR EXISTS (SELECT FROM {table} WHERE {runs} AND {lost})"
# Items that lost several workers may be what kills them, so each is claimed alone.
CLAIM_LOST = """
WITH lost AS (
    SELECT id, interruptions + 1 AS times FROM {table} WHERE {runs} AND {lost}
    ORDER BY times, id LIMIT %(most)s FOR UPDATE SKIP LOCKED
), tried AS (
    (SELECT id FROM lost WHERE times < %(suspect)s) UNION (SELECT id FROM lost ORDER BY times, id LIMIT 1)
)
UPDATE {table} SET {lease} WHERE id = ANY(ARRAY(SELECT id FROM tried)) AND {checked}
RETURNING {columns}, true AS more_due, false AS in_trouble
"""
# Not the attempt: none was made.
GIVE_BACK = """
UPDATE {table} SET state = 'pending', attempts = greatest(attempts - 1, 0), lease_until = NULL
WHERE state = 'working' AND lease_token = ANY(%(tokens)s::uuid[])
"""

# Found by its key. With `state = 'working'` as a condition of its own, PostgreSQL reads the small index of all rows
# that are worked on, with the entries of many that no longer are.
CHANGE = "UPDATE {table} SET {columns} WHERE id = %s AND CASE state WHEN 'working' THEN lease_token END = %s"

OLDEST = """
    WITH RECURSIVE keys(key) AS (
        (SELECT {key} FROM {table} WHERE {waits} ORDER BY {key} LIMIT 1)
        UNION ALL
        SELECT (SELECT {key} FROM {table} WHERE {waits} AND {key} > keys.key ORDER BY {key} LIMIT 1)
        FROM keys WHERE keys.key IS NOT NULL
    )
    SELECT least(
        (SELECT min(oldest.available_at) FROM keys CROSS JOIN LATERAL (
            SELECT available_at FROM {table} WHERE {waits} AND {key} = keys.key AND available_at <= %(now)s
            ORDER BY available_at LIMIT 1
        ) oldest),
        (SELECT min(available_at) FROM {table} WHERE {runs} AND {lost})
    )
"""

RELEASE_ABANDONED = """
UPDATE {table} SET lease_until = now() - interval '1 second'
WHERE state = 'working' AND lease_token = ANY(%(tokens)s::uuid[])
"""

# Of the abstract model WorkItem, which imports this module.
OWN_COLUMNS = {
    *("uid", "state", "attempts", "interruptions", "available_at", "lease_until", "lease_token", "leased_by"),
    *("held_for", "reason", "trace_id", "created_at", "finished_at"),
}

# The last concurrency key that this process claimed from, by table and queue. It only affects fairness.
_claimed_from: dict[tuple[str, str], int] = {}
# By table: leases of work that this process gave up on but couldn't end, because the database didn't respond.
abandoned_leases: dict[str, set[uuid.UUID]] = {}


@dataclass(frozen=True)
class Table:
    """What a claim needs to know about one table of work. circuit: the key prefix of its circuits; empty for none."""

    name: str
    concurrency_column: str
    has_queues: bool
    circuit: str
    lease_seconds: int
    batch: int
    columns: tuple[str, ...]


def table_of(model: Any) -> Table:
    """Return what a claim needs to know about this kind of work."""
    return Table(
        name=model._meta.db_table,
        concurrency_column=model.concurrency_column,
        has_queues=len(model.queues) > 1,
        circuit=model.circuit,
        lease_seconds=model.lease_seconds,
        batch=model.batch,
        columns=_claimed_columns(model),
    )


@cache
def _claimed_columns(model: Any) -> tuple[str, ...]:
    """All columns; the outbox's own if others are encrypted, because one that can't be read would spoil the claim."""
    fields = model._meta.concrete_fields
    if any(isinstance(field, EncryptedTextField) for field in fields):
        own = {"id", "organization_id", "queue", model.concurrency_column}
        fields = [each for each in fields if each.attname in own or each.attname in OWN_COLUMNS]
    return tuple(field.attname for field in fields)


def due_rows(table: Table, queue: Queue, most: int) -> tuple[str, dict[str, Any]]:
    """Return the statement that leases `most` due rows, and its parameters."""
    return _statement(CLAIM, table, queue, lock="FOR UPDATE SKIP LOCKED"), _parameters(table, queue, most)


def lost_rows(table: Table, queue: Queue, most: int) -> tuple[str, dict[str, Any]]:
    """Return the statement that leases rows whose worker died or whose lease expired, and its parameters."""
    return _statement(CLAIM_LOST, table, queue), _parameters(table, queue, most)


def give_back(table: str, lease_tokens: list[uuid.UUID]) -> None:
    """Make rows due again that this process claimed and didn't begin. Call inside a scope of all tenants."""
    with connection.cursor() as cursor:
        cursor.execute(GIVE_BACK.format(table=connection.ops.quote_name(table)), {"tokens": lease_tokens})


def change_under_lease(item: Any, values: dict[str, Any]) -> bool:
    """Change these columns of an item. Returns False if its lease was lost.

    Outside a scope the change is a transaction of its own: for an item with an organization that has no other effects.
    """
    model: Any = type(item)
    statement, fields = _change(model, tuple(values))
    stored = [field.get_db_prep_save(value, connection) for field, value in zip(fields, values.values(), strict=True)]
    return bool(rls.change(statement, [*stored, item.pk, item.lease_token], str(item.organization_id)))


@cache
def _change(model: Any, names: tuple[str, ...]) -> tuple[str, list[Any]]:
    """The statement that changes these columns, and their fields. Making it takes longer than deciding an event."""
    fields, quote = [model._meta.get_field(name) for name in names], connection.ops.quote_name
    columns = ", ".join(f"{quote(field.column)} = %s" for field in fields)
    return CHANGE.format(table=quote(model._meta.db_table), columns=columns), fields


def is_any_due(table: Table, queue: Queue) -> bool:
    """Whether a claim would find something now. Call inside a scope of all tenants."""
    with connection.cursor() as cursor:
        cursor.execute(_statement(WAITING, table, queue), _parameters(table, queue))
        return bool(cursor.fetchone()[0])


def with_held(tables: Iterable[str], held_for: str) -> list[str]:
    """Those in which a row waits for this fix, in one statement: usually none of many. Call inside a scope."""
    named = list(tables)
    held = [f"EXISTS (SELECT FROM {table} WHERE state = 'held' AND held_for = %s)" for table in named]
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(held), [held_for] * len(named))
        return list(compress(named, cursor.fetchone()))


def oldest_due(table: Table, queue: Queue) -> datetime | None:
    """When the oldest pending or lost row was due. Call inside a scope of all tenants."""
    with connection.cursor() as cursor:
        cursor.execute(_statement(OLDEST, table, queue), _parameters(table, queue))
        oldest: datetime | None = cursor.fetchone()[0]
        return oldest


def remember_position(table: Table, queue: Queue, key: int) -> None:
    """Make the next claim start after this concurrency key."""
    _claimed_from[table.name, queue.name] = key


def abandon(table: str, lease_token: uuid.UUID) -> None:
    """Record that this process gave up on a row and couldn't store the result."""
    abandoned_leases.setdefault(table, set()).add(lease_token)


@contextmanager
def abandoned_at_error(table: str, claimed: Sequence[Any]) -> Iterator[None]:
    """Abandon the claimed rows after an error, also of the claim: it may be committed although the answer was lost."""
    try:
        yield
    except Exception:
        for item in claimed:
            if item.lease_token:
                abandon(table, item.lease_token)
        raise


def release_abandoned() -> None:
    """End the abandoned leases. Otherwise each would count against its limits until it expires.

    Call inside a scope of all tenants.
    """
    for table, tokens in list(abandoned_leases.items()):
        given = list(tokens)
        if given:
            with connection.cursor() as cursor:
                cursor.execute(RELEASE_ABANDONED.format(table=connection.ops.quote_name(table)), {"tokens": given})
            tokens.difference_update(given)


def _statement(template: str, table: Table, queue: Queue, *, lock: str = "") -> str:
    quote: Callable[[str], str] = connection.ops.quote_name
    of_queue = " AND queue = %(queue)s" if table.has_queues else ""
    circuit = f"'{table.circuit}:' || keys.key" if table.circuit else "NULL"
    parts = {
        "table": quote(table.name),
        "key": table.concurrency_column,
        "waits": f"state = 'pending'{of_queue}",
        "runs": f"state = 'working'{of_queue}",
        "circuit": f"'{queue.destination}'" if queue.destination else circuit,
        "lock": lock,
        "lease": LEASE,
        "lost": liveness.LOST,
        "checked": CHECKED,
        "columns": ", ".join(f"{quote(table.name)}.{quote(name)}" for name in table.columns),
    }
    return template.format(due=DUE.format(**parts), **parts)


def _parameters(table: Table, queue: Queue, most: int = 1) -> dict[str, Any]:
    now = clock.now()
    return {
        "most": most,
        "suspect": SUSPECT,
        "all_workers": table.batch == 1 or liveness.worker is None,
        "queue": queue.name,
        "after": _claimed_from.get((table.name, queue.name), -1),
        "now": now,
        # A later time must come from a wrong clock.
        "longest_pause": now + timedelta(seconds=LONGEST_PAUSE_SECONDS),
        # A process that claims several at a time may perform some of them meanwhile.
        "per_key": queue.per_key if most == 1 else 2 * queue.per_key + most,
        "slow_limit": SLOW_LIMIT,
        "in_flight": queue.in_flight,
        "lease": table.lease_seconds * settings.LEASE_SCALE,
        "worker": liveness.worker,
        "installation": stamp.checked.uid if stamp.checked else None,
        "advanced_to": stamp.checked.number if stamp.checked else -1,
    }
