"""The databases of the benchmark of pages: the same organization with few and with many requests.

They stay in the state folder, under names that hold a hash of the migrations and of this package.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from django.core.management import call_command
from psycopg2.extensions import cursor

from bench.pages import multiply
from bench.pages.exemplars import USUAL, Added
from scripts.stack import databases

PREFIX = "pages_"
ORGANIZATIONS = 200
FILL_SECONDS = 3600.0
MEMORY = "512MB"  # for each sort of an index


def prepared(*sizes: int, organizations: int = ORGANIZATIONS, added: Added = USUAL) -> list[str]:
    """The URLs of databases with this many requests each, for the role of the product. Made if they aren't there.

    Each organization starts with those of the world and what is ``added``.
    """
    prefix, owner = prefix_of(organizations), os.environ["OWNER_DATABASE_URL"]
    start = prefix + _hash(added)
    drop(owner, prefix, apart_from=start)
    first = f"{start}_0"
    if not databases.database_exists(owner, first):
        _make_first(owner, f"{start}_unfinished", organizations, added)
        _rename(owner, f"{start}_unfinished", first)
    for size in sizes:
        name = f"{start}_{size}"
        if not databases.database_exists(owner, name):
            databases.create_database(owner, f"{start}_unfinished", template=first)
            with unrestricted(_url_of(owner, f"{start}_unfinished")) as sql:
                _fill(sql, size)
            _rename(owner, f"{start}_unfinished", name)
    return [_url_of(os.environ["DATABASE_URL"], f"{start}_{size}") for size in sizes]


def prefix_of(organizations: int) -> str:
    """What the names of the databases with this many organizations start with."""
    return PREFIX if organizations == ORGANIZATIONS else f"{PREFIX}{organizations}_"


def _hash(added: Added) -> str:
    from tests.stack.migrated import hash_of_migrations

    found = sha256(f"{hash_of_migrations()} {added}".encode())
    for file in sorted(Path(__file__).parent.glob("*.py")):
        if file.name in ("exemplars.py", "multiply.py", "visits.py"):
            found.update(file.read_bytes())
    return found.hexdigest()[:10]


def drop(owner: str, prefix: str, *, apart_from: str | None = None) -> None:
    """Drop the databases whose names start with the prefix, apart from those that start with another."""
    with databases.cursor(owner, database="postgres") as sql:
        sql.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [prefix])
        names = [row[0] for row in sql.fetchall()]
    for name in names:
        if not (apart_from and name.startswith(apart_from)):
            databases.drop_database(owner, name)


def _make_first(owner: str, name: str, organizations: int, added: Added) -> None:
    """One organization with rows made by the product's own actions, and clones of it."""
    from bench.pages import exemplars, visits
    from tests.stack.migrated import connected_to

    _make_migrated(owner, name)
    with connected_to(_url_of(os.environ["DATABASE_URL"], name)):
        world = exemplars.make(added)
        pages = visits.of_world(world)
    with unrestricted(_url_of(owner, name)) as sql:
        sql.execute("BEGIN")  # so that a row may come before the one it refers to
        multiply.clone_organization(sql, world.organization.pk, organizations - 1)
        sql.execute("COMMIT")
        sql.execute("CREATE TABLE bench_page (name text, path text, member text)")
        sql.executemany("INSERT INTO bench_page VALUES (%s, %s, %s)", pages)


def _make_migrated(owner: str, name: str) -> None:
    """An empty database: a copy of the one that tests keep in their state folder, or migrated here."""
    from tests.stack.migrated import PREFIX as KEPT
    from tests.stack.migrated import connected_to, hash_of_migrations

    kept = KEPT + hash_of_migrations()
    if databases.database_exists(owner, kept):
        databases.create_database(owner, name, template=kept)
        return
    databases.create_database(owner, name)
    with connected_to(_url_of(owner, name)):
        call_command("migrate", verbosity=0, interactive=False)


def _fill(sql: cursor, size: int) -> None:
    sql.execute("SELECT id FROM organizations_organization ORDER BY id LIMIT 1")
    ((organization,),) = sql.fetchall()
    with without_indexes(sql, [model._meta.db_table for model in multiply.multiplied()]):
        multiply.multiply(sql, size, organization)
    sql.execute("VACUUM (ANALYZE)")


@contextmanager
def unrestricted(owner_url: str) -> Iterator[cursor]:
    """A cursor of the tables' owner that sees the rows of all organizations."""
    from crosschq.core.database import timeouts

    with timeouts.answers_within(FILL_SECONDS), databases.cursor(owner_url) as sql:
        sql.execute("SELECT set_config('app.org', '*', false), set_config('maintenance_work_mem', %s, false)", [MEMORY])
        yield sql


@contextmanager
def without_indexes(sql: cursor, tables: Sequence[str]) -> Iterator[None]:
    """Drop the indexes and foreign keys of these tables, and create them again afterwards: a third of the time."""
    sql.execute(
        "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid), contype = 'f'"
        " FROM pg_constraint WHERE contype IN ('f', 'u') AND conrelid = ANY(%s::regclass[])",
        [list(tables)],
    )
    constraints = sql.fetchall()
    for table, name, _definition, _is_foreign in constraints:
        sql.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    sql.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
        " WHERE NOT indisprimary AND indrelid = ANY(%s::regclass[])",
        [list(tables)],
    )
    indexes = sql.fetchall()
    for name, _definition in indexes:
        sql.execute(f"DROP INDEX {name}")
    yield
    for _name, definition in indexes:
        sql.execute(definition)
    for table, name, definition, is_foreign in sorted(constraints, key=lambda each: each[3]):
        valid = " NOT VALID" if is_foreign else ""
        sql.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}{valid}")


def _rename(owner: str, name: str, to: str) -> None:
    with databases.cursor(owner, database="postgres") as sql:
        sql.execute(f"ALTER DATABASE {name} RENAME TO {to}")


def _url_of(url: str, name: str) -> str:
    return f"{url.rpartition('/')[0]}/{name}"
