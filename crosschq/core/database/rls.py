"""The database's half of tenancy: row-level security, opened for one transaction at a time.

Each tenant table has policies that compare its organization with the setting `app.org`. No row is visible until the
setting has a value, and the setting ends with the transaction. People's work goes through `crosschq.tenancy.scope`,
which alone calls this; the outbox opens the scope of all tenants to claim work.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import connection, migrations, transaction

ALL_TENANTS = "*"
_current: ContextVar[str] = ContextVar("rls_scope", default="")


def in_scope() -> bool:
    """Whether this thread is inside a scope, and so inside a transaction."""
    return bool(_current.get())


def in_transaction() -> bool:
    """Whether this thread holds a transaction open. The one that Django puts around a test does not count."""
    # As Atomic itself tells for `durable`.
    return any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks)


@contextmanager
def scope(key: str) -> Iterator[None]:
    """A transaction in which the rows of one organization (its id), or ALL_TENANTS row, can be seen.

    Inside a scope the same key may be opened again (a savepoint), and ALL_TENANTS may be narrowed to one organization.
    Raises RuntimeError when the scope of one organization would widen or change.
    """
    outer, nested = _current.get(), connection.in_atomic_block
    if outer not in ("", ALL_TENANTS, key):
        raise RuntimeError(f"the scope of organization {outer} is open; {key} can't be opened inside it")
    with transaction.atomic():
        _set(key)
        token = _current.set(key)
        try:
            yield
        finally:
            _current.reset(token)
        # The end of the transaction, or a rollback, restores the setting; a savepoint that is kept does not.
        if nested:
            _set(outer)


def _set(key: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.org', %s, true)", [key])


def tenant_policies(table: str, *, append_only: bool = False) -> list[migrations.RunSQL]:
    """Migration operations that let only its own tenant see a row of a table with a column organization_id.

    append_only leaves out the policies for UPDATE and DELETE, so that both find no row: rows can only be added.
    """
    # A null organization (a sign-in message) equals no key, so only ALL_TENANTS sees such a row. The planner can
    # estimate a comparison of the column; with `setting IN ('*', organization_id::text)` it takes every table for a
    # hundredth of its size and prefers nested loops.
    key = "current_setting('app.org', true)"
    match = f"CASE WHEN {key} = '*' THEN true ELSE organization_id = NULLIF({key}, '')::bigint END"
    policies = (
        [f"FOR SELECT USING ({match})", f"FOR INSERT WITH CHECK ({match})"]
        if append_only
        else [f"USING ({match}) WITH CHECK ({match})"]
    )
    forward = [f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY", f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"]
    forward += [f"CREATE POLICY {table}_tenant_{n} ON {table} {policy}" for n, policy in enumerate(policies)]
    backward = [f"DROP POLICY {table}_tenant_{n} ON {table}" for n in range(len(policies))]
    backward += [f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY", f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"]
    return [migrations.RunSQL(sql=";".join(forward), reverse_sql=";".join(backward))]
