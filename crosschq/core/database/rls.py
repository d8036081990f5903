"""The database side of tenancy: row-level security, scoped to one transaction at a time.

The policies of each tenant table compare its organization with the setting `app.org`. No row is visible until the
setting has a value, and the setting ends with the transaction. Web requests use `crosschq.tenancy.scope`, which wraps
this module; the outbox opens a scope over all tenants to claim work.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import connection, migrations, transaction

ALL_TENANTS = "*"
_current: ContextVar[str] = ContextVar("rls_scope", default="")
# What to do before the innermost scope ends, and for which rows.
_at_end: ContextVar[dict[Callable[[set[int]], object], set[int]] | None] = ContextVar("rls_at_end", default=None)


def in_scope() -> bool:
    """Whether this thread is inside a scope, and therefore inside a transaction."""
    return bool(_current.get())


def in_transaction() -> bool:
    """Whether this thread has an open transaction, apart from the one that Django wraps around a test."""
    # Atomic makes the same check for `durable`.
    return any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks)


@contextmanager
def scope(key: str) -> Iterator[None]:
    """Open a transaction that sees the rows of one organization (key is its id) or of ALL_TENANTS.

    A scope may be nested with the same key (a savepoint), and ALL_TENANTS may be narrowed to one organization. Raises
    RuntimeError if the scope of an organization would widen or change.
    """
    outer, nested = _current.get(), connection.in_atomic_block
    if key != ALL_TENANTS and not key.isdecimal():
        raise ValueError(f"an organization's id is a number, not {key}")
    if outer not in ("", ALL_TENANTS, key):
        raise RuntimeError(f"the scope of organization {outer} is open; {key} can't be opened inside it")
    with transaction.atomic():
        _set(key)
        token, due = _current.set(key), _at_end.set({})
        try:
            yield
            for act, rows in (_at_end.get() or {}).items():
                act(rows)
        finally:
            _current.reset(token)
            _at_end.reset(due)
        # A rollback or the end of the transaction restores the setting; releasing a savepoint doesn't.
        if nested:
            _set(outer)


def before_end(act: Callable[[set[int]], object], row: int) -> None:
    """Call `act` once before the innermost scope ends, in its transaction, with all rows that asked for it.

    Not after an error, which rolls the transaction back. Raises RuntimeError outside a scope.
    """
    due = _at_end.get()
    if due is None:
        raise RuntimeError("open a scope first")
    due.setdefault(act, set()).add(row)


def run(sql: str, parameters: Sequence[Any]) -> list[Any]:
    """Run one statement in the open scope, or over all tenants in its own transaction. Return its rows.

    Its own transaction takes one round trip: PostgreSQL runs what it receives together as one transaction, unless
    another one is open. Nothing is prepared, so a pooler may choose another server connection for each.
    """
    if connection.in_atomic_block and not in_scope():
        raise RuntimeError("open a scope first")
    alone = "" if in_scope() else f"SELECT set_config('app.org', '{ALL_TENANTS}', true);"
    with connection.cursor() as cursor:
        cursor.execute(alone + sql, parameters)
        return cursor.fetchall()  # type: ignore[no-any-return]


def change(sql: str, parameters: Sequence[Any], key: str) -> int:
    """Run one statement in the open scope, or else in this scope and a transaction of its own, in one round trip.

    Returns how many rows it changed.
    """
    if not in_scope() and connection.in_atomic_block:  # of a test
        with scope(key):
            return change(sql, parameters, key)
    with connection.cursor() as cursor:
        if not in_scope():
            _set(key)  # sent together with the statement, and PostgreSQL ends both together
        try:
            cursor.execute(sql, parameters)
        finally:
            if not in_scope():
                connection.take_ahead()  # type: ignore[attr-defined]  # of base.DatabaseWrapper
        return int(cursor.rowcount)


@contextmanager
def offboarding(organization_key: int) -> Iterator[None]:
    """Let rows of this organization be deleted from append-only tables, until the block ends.

    Call inside the organization's own scope, when all of its data is deleted (docs/decisions/0028).
    """
    if _current.get() != str(organization_key):
        raise RuntimeError("open the organization's scope first")
    _set(str(organization_key), name="app.offboarding")
    yield
    _set("", name="app.offboarding")


def _set(key: str, *, name: str = "app.org") -> None:
    connection.set_ahead(name, key)  # type: ignore[attr-defined]  # of base.DatabaseWrapper


def tenant_policies(
    table: str, *, append_only: bool = False, deletable: str = "", implied_by: Sequence[str] = ()
) -> list[migrations.RunSQL]:
    """Migration operations that hide each row of a table from other tenants. The table needs a column organization_id.

    append_only omits the policy for UPDATE, and the one for DELETE matches only while an entire organization is being
    deleted (`offboarding`). At all other times those statements match no rows, so rows can only be added. deletable:
    which rows of such a table may be deleted at any time, as SQL. implied_by: columns whose values each belong to one
    organization and have many rows, such as connection_id.
    """
    # A null organization (a sign-in message) equals no key, so only ALL_TENANTS sees such a row. Queries select their
    # organization too, so the policy removes no row of theirs, and the planner expects IS NOT NULL to remove few. From
    # a CASE that is true or false it expects half of the rows, and half again from each joined table; from
    # `setting IN ('*', organization_id::text)`, one percent. Then it sorts or intersects what it could read in order.
    key = "current_setting('app.org', true)"
    visible = f"CASE WHEN {key} = '*' THEN 1 WHEN organization_id = NULLIF({key}, '')::bigint THEN 1 END"
    match = f"({visible}) IS NOT NULL"
    leaving = "organization_id = NULLIF(current_setting('app.offboarding', true), '')::bigint"
    policies = (
        [
            f"FOR SELECT USING ({match})",
            f"FOR INSERT WITH CHECK ({match})",
            f"FOR DELETE USING ({leaving} AND {match})",
        ]
        if append_only
        else [f"USING ({match}) WITH CHECK ({match})"]
    )
    if deletable:
        policies.append(f"FOR DELETE USING ({match} AND {deletable})")
    forward = [f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY", f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"]
    forward += [f"CREATE POLICY {table}_tenant_{n} ON {table} {policy}" for n, policy in enumerate(policies)]
    backward = [f"DROP POLICY {table}_tenant_{n} ON {table}" for n in range(len(policies))]
    backward += [f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY", f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"]
    for column in implied_by:
        # Otherwise the planner multiplies the shares of both: a tenth of a tenth of the rows.
        forward.append(f"CREATE STATISTICS {table}_{column} (dependencies) ON organization_id, {column} FROM {table}")
        backward.append(f"DROP STATISTICS {table}_{column}")
    return [migrations.RunSQL(sql=";".join(forward), reverse_sql=";".join(backward))]
