"""The two database roles of the product, and the databases that they share.

``owner`` runs the migrations and owns the tables. ``app`` runs everything else and owns nothing. Neither is a superuser
or bypasses row-level security (https://www.postgresql.org/docs/current/ddl-rowsecurity.html). Default privileges, which
PostgreSQL keeps per database, give ``app`` its rights on each table that is created.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg2
from psycopg2 import errors, extensions
from psycopg2.sql import SQL, Identifier, Literal

ROLES = {"owner": "CREATEDB", "app": "NOCREATEDB"}
# Of the role ``app``, as in crosschq/settings.py: a pooler doesn't pass on a connection's options.
LIMITS = {
    "statement_timeout": "15s",
    "idle_in_transaction_session_timeout": "30s",
    "client_connection_check_interval": "1s",
}
RIGHTS = (
    "ALTER DEFAULT PRIVILEGES FOR ROLE owner GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO app",
    "ALTER DEFAULT PRIVILEGES FOR ROLE owner GRANT USAGE ON SEQUENCES TO app",
)

VACUUM_SECONDS = 90


@contextmanager
def cursor(url: str, *, database: str | None = None) -> Iterator[extensions.cursor]:
    """An autocommit cursor on the database of a ``DATABASE_URL``, or on another database on the same server."""
    dsn = url.replace("postgres://", "postgresql://", 1)
    connection = psycopg2.connect(extensions.make_dsn(dsn, dbname=database) if database else dsn)
    connection.autocommit = True
    try:
        with connection.cursor() as opened:
            yield opened
    finally:
        connection.close()


def ensure_roles(superuser_url: str, password: Callable[[str], str]) -> None:
    """Create the roles, or update them. Raises ``psycopg2.OperationalError`` if no server responds."""
    with cursor(superuser_url) as sql:
        for role, rights in ROLES.items():
            sql.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
            verb = SQL("ALTER" if sql.fetchone() else "CREATE")
            options = SQL(f"LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE {rights} PASSWORD")
            sql.execute(SQL("{} ROLE {} {} {}").format(verb, Identifier(role), options, Literal(password(role))))
        for name, value in LIMITS.items():
            sql.execute(SQL("ALTER ROLE app SET {} = {}").format(Identifier(name), Literal(value)))
        # To drop a database that autovacuum is working on, which can take minutes.
        sql.execute("GRANT pg_signal_backend TO owner")


def create_database(owner_url: str, name: str, *, template: str | None = None) -> None:
    """Create a database owned by ``owner``, replacing any with that name and ending its connections.

    It is empty, or a copy of the database ``template`` including its rights. The template must have no connections.
    """
    with cursor(owner_url, database="postgres") as sql:
        _drop(sql, name)
        source = Identifier(template or "template1")
        sql.execute(SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), source))
    if template is None:
        with cursor(owner_url, database=name) as sql:
            for statement in RIGHTS:
                sql.execute(statement)


def drop_database(owner_url: str, name: str) -> None:
    with cursor(owner_url, database="postgres") as sql:
        _drop(sql, name)


def _drop(sql: extensions.cursor, name: str) -> None:
    """End its connections first. On a server that isn't ours the role may not end autovacuum, so we wait for it."""
    until = time.monotonic() + VACUUM_SECONDS
    while True:
        try:
            sql.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))
            return
        except errors.InsufficientPrivilege:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def database_exists(owner_url: str, name: str) -> bool:
    with cursor(owner_url, database="postgres") as sql:
        sql.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        return sql.fetchone() is not None
