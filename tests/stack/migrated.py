"""The migrated database of a test run: made once, by the role that owns the tables, and copied from then on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management import call_command
from django.db import connection
from psycopg2.extensions import parse_dsn

from scripts.stack import databases
from scripts.stack.stack import Stack


def migrate(stack: Stack, name: str) -> None:
    """A new database with every migration run as ``owner``, as in production."""
    stack.create_database(name)
    with connected_to(stack.owner_url(name)):
        call_command("migrate", verbosity=0, interactive=False)
    with databases.cursor(stack.owner_url(name)) as sql:
        # What transactional tests empty the tables with; no deployed database grants it.
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
