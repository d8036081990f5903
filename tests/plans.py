"""Tables whose query plans a test compares: analyzed when the test says so, and never by autovacuum.

Otherwise a plan depends on whether autovacuum ran before it, and on the statistics of rows that other tests stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection

from scripts.stack import databases
from scripts.stack.postgres import Postgres
from scripts.stack.stack import Stack

# TRUNCATE and an ANALYZE that finds no rows keep them.
FORGET = """
DELETE FROM pg_statistic WHERE starelid = ANY (%(tables)s::regclass[]);
DELETE FROM pg_statistic_ext_data USING pg_statistic_ext
WHERE stxoid = pg_statistic_ext.oid AND stxrelid = ANY (%(tables)s::regclass[])
"""


@contextmanager
def without_autovacuum(stack: Stack, *tables: str) -> Iterator[Callable[[], None]]:
    """Empty the tables, now and at the end, and return what analyzes them. They have no statistics until then."""
    names = ", ".join(tables)
    with databases.cursor(stack.owner_url(connection.settings_dict["NAME"])) as owner:

        def empty() -> None:
            # The pages too, so that the tests that follow find small tables.
            owner.execute(f"TRUNCATE {names} CASCADE")
            forget(stack, tables)

        for table in tables:
            owner.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = off)")
        try:
            empty()
            yield lambda: owner.execute(f"ANALYZE {names}")
            empty()
        finally:
            for table in tables:
                owner.execute(f"ALTER TABLE {table} RESET (autovacuum_enabled)")
            owner.execute(f"ANALYZE {names}")


def forget(stack: Stack, tables: tuple[str, ...]) -> None:
    """Delete the tables' statistics, which only a superuser can do, so only on the tests' own server."""
    if isinstance(stack.postgres, Postgres):
        with databases.cursor(stack.postgres.url("postgres", connection.settings_dict["NAME"])) as sql:
            sql.execute(FORGET, {"tables": list(tables)})
