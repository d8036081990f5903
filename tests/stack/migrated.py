"""The migrated database of the tests: made by the role that owns the tables, and copied from then on.

It stays in the cluster of its state folder, under a name that holds a hash of all that it is made of: the next run
copies it, until a migration changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection, connections
from django.test import TransactionTestCase
from psycopg2.extensions import parse_dsn

from crosschq.core.database import rls
from scripts.stack import databases
from scripts.stack.postgres import Postgres
from scripts.stack.stack import Stack

PREFIX = "template_crosschq_"

TABLES = """
SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
AND relname NOT IN ('django_migrations', 'django_content_type', 'auth_permission') ORDER BY relname
"""
# PostgreSQL keeps the plans of a function. The lock waits for transactions that still write, as TRUNCATE would.
EMPTY_TABLES = """
CREATE FUNCTION pg_temp.empty_tables() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  used boolean[];
BEGIN
  LOCK TABLE {tables} IN EXCLUSIVE MODE;
  used := ARRAY[{used}];
  {statements}
END $$
"""
EMPTY = "SELECT pg_temp.empty_tables()"


def migrated_database(stack: Stack) -> str:
    """The name of a migrated database that nobody writes to. Those of other migrations are dropped."""
    name = PREFIX + hash_of_migrations()
    if databases.database_exists(stack.owner_url("postgres"), name):
        return name
    with databases.cursor(stack.owner_url("postgres")) as sql:
        sql.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [PREFIX])
        for (other,) in sql.fetchall():
            databases.drop_database(stack.owner_url("postgres"), other)
        # It gets its name only once it is complete: an interrupted run leaves none that looks ready.
        unfinished = PREFIX + "unfinished"
        migrate(stack, unfinished)
        sql.execute(f"ALTER DATABASE {unfinished} RENAME TO {name}")
    return name


def hash_of_migrations() -> str:
    """A hash of the installed apps' migrations, and of the SQL that they and this module import."""
    found = sha256()
    files = [Path(module.__file__ or "") for module in (rls, databases)] + [Path(__file__)]
    for app in apps.get_app_configs():
        found.update(app.name.encode())
        files += sorted((Path(app.path) / "migrations").glob("*.py"))
    for file in files:
        found.update(file.name.encode() + b"\0" + file.read_bytes())
    return found.hexdigest()[:16]


def migrate(stack: Stack, name: str) -> None:
    """A new database with every migration run as ``owner``, as in production."""
    stack.create_database(name)
    with connected_to(stack.owner_url(name)):
        call_command("migrate", verbosity=0, interactive=False)
    with databases.cursor(stack.owner_url(name)) as sql:
        # Transactional tests empty the tables with this on your own server. No deployed database grants it.
        sql.execute("GRANT TRUNCATE ON ALL TABLES IN SCHEMA public TO app")


@contextmanager
def connected_to(url: str) -> Iterator[None]:
    """Django's connection on another database or in another role."""
    parts = parse_dsn(url.replace("postgres://", "postgresql://", 1))
    before = {key: connection.settings_dict[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")}
    connection.close()
    connection.settings_dict.update(
        NAME=parts["dbname"],
        USER=parts["user"],
        PASSWORD=parts["password"],
        HOST=parts["host"],
        PORT=int(parts["port"]),
    )
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(before)


@contextmanager
def inserting(stack: Stack, name: str) -> Iterator[Any]:
    """A cursor to insert many valid rows of any organization, without a check of each foreign key on our own server.

    Those checks take three times as long as the rows themselves.
    """
    is_ours = isinstance(stack.postgres, Postgres)
    with databases.cursor(stack.postgres.url("postgres", name) if is_ours else stack.owner_url(name)) as sql:
        sql.execute(f"SELECT set_config('app.org', '{rls.ALL_TENANTS}', false)")
        if is_ours:
            sql.execute("SET session_replication_role = replica")
        yield sql


def empty(stack: Stack, name: str) -> None:
    """Delete the rows that a transactional test has stored so far, if the server is our own."""
    if isinstance(stack.postgres, Postgres):
        with databases.cursor(stack.postgres.url("postgres", name)) as sql:
            _prepare_emptying(sql)
            sql.execute(EMPTY)


@contextmanager
def quickly_emptied(stack: Stack, name: str) -> Iterator[None]:
    """Transactional tests delete their rows as the superuser, who bypasses row-level security.

    Django's way, which truncates every table and recreates the permissions, takes ten times as long.
    """
    if not isinstance(stack.postgres, Postgres):
        yield
        return
    with databases.cursor(stack.postgres.url("postgres", name)) as sql, pytest.MonkeyPatch.context() as patch:
        _prepare_emptying(sql)
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda case: sql.execute(EMPTY))
        patch.setattr(TransactionTestCase, "_should_reload_connections", lambda case: _is_worn())
        yield


def _is_worn() -> bool:
    """Whether a connection had an error or is in a transaction. Others are as good as a new connection, which takes
    PostgreSQL as long as 50 statements.
    """
    return any(
        each.errors_occurred or each.in_atomic_block or (each.connection and each.connection.info.transaction_status)
        for each in connections.all(initialized_only=True)
    )


def _prepare_emptying(sql: Any) -> None:
    """Create what EMPTY calls, for this connection."""
    sql.execute("SET session_replication_role = replica")
    sql.execute(TABLES)
    tables = [table for (table,) in sql.fetchall()]
    deletes = (f"IF used[{number}] THEN DELETE FROM {table}; END IF;" for number, table in enumerate(tables, 1))
    used = ", ".join(f"EXISTS (SELECT FROM {table})" for table in tables)
    sql.execute(EMPTY_TABLES.format(tables=", ".join(tables), used=used, statements="\n".join(deletes)))
