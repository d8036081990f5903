"""The database's half of tenancy: row-level security, opened for one transaction at a time.

Each tenant table carries a policy that compares its organization with the setting `app.org`. Nothing is visible
until a key is set, and the setting dies with the transaction. `organizations.tenancy` is the only caller for
people's work; the kernel opens every organization to claim work.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import connection, migrations, transaction

EVERY = "*"
_key: ContextVar[str] = ContextVar("wall_key", default="")


def is_open() -> bool:
    """Whether this thread stands inside a wall, and so inside a transaction."""
    return bool(_key.get())


def in_transaction() -> bool:
    """Whether this thread holds a transaction open. The one that Django puts around a test does not count."""
    # As Atomic itself tells for `durable`.
    return any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks)


@contextmanager
def opened(key: str) -> Iterator[None]:
    """A transaction in which the rows of one organization (its id), or EVERY row, can be seen.

    Inside an open wall the same key may be opened again (a savepoint); EVERY may be narrowed to one organization.
    Raises RuntimeError when one organization's wall is asked to widen or to change.
    """
    outer, nested = _key.get(), connection.in_atomic_block
    if outer not in ("", EVERY, key):
        raise RuntimeError(f"the wall of organization {outer} is open; {key} cannot be opened inside it")
    with transaction.atomic():
        _set(key)
        token = _key.set(key)
        try:
            yield
        finally:
            _key.reset(token)
        # The end of the transaction, or a rollback, restores the setting; a savepoint that is kept does not.
        if nested:
            _set(outer)


def _set(key: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.org', %s, true)", [key])


def tenant_wall(table: str, *, append_only: bool = False) -> list[migrations.RunSQL]:
    """Migration operations that put the wall on a table with a column organization_id.

    append_only leaves out the policies for UPDATE and DELETE, so that both find no row: rows can only be added.
    """
    # A null organization (a message of sign-in) equals no key: only EVERY sees such a row. Written as a comparison of
    # the column, which the planner can estimate; as `setting IN ('*', organization_id::text)` it takes every table for
    # a hundredth of its size, and prefers nested loops.
    key = "current_setting('app.org', true)"
    match = f"CASE WHEN {key} = '*' THEN true ELSE organization_id = NULLIF({key}, '')::bigint END"
    policies = (
        [f"FOR SELECT USING ({match})", f"FOR INSERT WITH CHECK ({match})"]
        if append_only
        else [f"USING ({match}) WITH CHECK ({match})"]
    )
    forward = [f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY", f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"]
    forward += [f"CREATE POLICY {table}_wall_{n} ON {table} {policy}" for n, policy in enumerate(policies)]
    backward = [f"DROP POLICY {table}_wall_{n} ON {table}" for n in range(len(policies))]
    backward += [f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY", f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"]
    return [migrations.RunSQL(sql=";".join(forward), reverse_sql=";".join(backward))]
