"""Rows that the product's own actions made once, put back with one statement wherever a test starts from them.

They keep their ids, so what is encrypted for them stays readable. Sequences continue, so no later row has one of these
ids. Times move along with the clock. What making them does is tested where a test itself does it. The database's own
identity (core_installation) isn't a row of theirs: a worker claims nothing in a database that isn't the one it checked.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

import pytest
from django.db import connection
from psycopg2.extensions import cursor

from crosschq.core import clock
from scripts.stack import databases
from scripts.stack.postgres import Postgres
from scripts.stack.stack import Stack
from tests.stack.plugin import DATABASE

NAME = f"test_{DATABASE}"
SINCE = "{the time since then}"
COLUMNS = """
SELECT relname, array_agg(attname ORDER BY attnum), array_agg(atttypid = 'timestamptz'::regtype ORDER BY attnum),
  (SELECT attname FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
   WHERE indrelid = pg_class.oid AND indisprimary)
FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
AND relname NOT IN ('django_migrations', 'django_content_type', 'auth_permission', 'core_installation')
GROUP BY pg_class.oid, relname
"""
# Rows farther apart were put back by different clocks of a test.
SAME_CLOCK = timedelta(minutes=1)
T = TypeVar("T")
# By table and primary key: the row as SQL.
Rows = dict[tuple[str, str], str]


@dataclass(frozen=True)
class Made:
    result: Any
    statements: str
    began: datetime
    """`Keeper.began` when they were made."""


class Keeper:
    """Reads and writes rows of every organization, as the superuser of the tests' own server."""

    def __init__(self, sql: cursor) -> None:
        self.sql = sql
        self.made: dict[Hashable, Made] = {}
        self.test, self.began, self.longest = "", clock.now(), timedelta(0)
        sql.execute("SET session_replication_role = replica")  # no triggers, so in any order
        sql.execute(COLUMNS)
        tables = sql.fetchall()
        self.columns = {table: ", ".join(f'"{name}"' for name in names) for table, names, _times, _key in tables}
        self.keys = {table: key for table, _names, _times, key in tables}
        self.read = " UNION ALL ".join(
            f"SELECT '{table}', \"{key}\"::text, concat_ws(', ', "
            + ", ".join(_as_sql(name, is_time) for name, is_time in zip(names, times, strict=True))
            + f") FROM {table}"
            for table, names, times, key in tables
        )

    def rows(self) -> Rows:
        self.sql.execute(self.read)
        return {(table, key): values for table, key, values in self.sql.fetchall()}

    def note(self, key: Hashable, make: Callable[[], T]) -> T:
        before = self.rows()
        result = make()
        at = clock.now()  # before the rows are read, which takes a moment
        began = self._began(at)
        self.longest = max(self.longest, at - began)
        changed = {which: values for which, values in self.rows().items() if before.get(which) != values}
        replaced = [f"DELETE FROM {table} WHERE {self.keys[table]} = '{row}'" for table, row in changed.keys() & before]
        added = [
            f"INSERT INTO {table} ({self.columns[table]}) VALUES ({values})"
            for (table, _row), values in changed.items()
        ]
        self.made[key] = Made(result, ";".join(replaced + added), began)
        return result

    def put_back(self, made: Made) -> None:
        # Early enough that what was made last isn't in the future.
        seconds = (self._began(clock.now() - self.longest) - made.began).total_seconds()
        self.sql.execute(made.statements.replace(SINCE, f"'{seconds} seconds'::interval"))

    def _began(self, moment: datetime) -> datetime:
        """When the rows of this test began: the times of all that it puts back move along by the same time.

        Otherwise one that took longer to put back than to make could come before what it followed.
        """
        test = os.environ["PYTEST_CURRENT_TEST"].rpartition(" ")[0]
        if test != self.test or abs(moment - self.began) > SAME_CLOCK:
            self.test, self.began = test, moment
        return self.began


def _as_sql(column: str, is_time: bool) -> str:
    value = f'quote_nullable("{column}"::text)'
    return f"{value} || '::timestamptz + {SINCE}'" if is_time else value


_keepers: list[Keeper] = []


def made_once(key: Hashable, make: Callable[[], T]) -> T:
    """What ``make`` returned the first time, with the rows that it added or changed.

    ``make`` adds the same rows in each test that has this ``key``, and returns no row, but what finds it.
    """
    if not _keepers or connection.settings_dict["NAME"] != NAME:
        return make()
    (keeper,) = _keepers
    made = keeper.made.get(key)
    if made is None:
        return keeper.note(key, make)
    keeper.put_back(made)
    result: T = made.result
    return result


def was_made(key: Hashable) -> bool:
    return any(key in keeper.made for keeper in _keepers)


@pytest.fixture(scope="session")
def rows_made_once(stack: Stack, django_db_setup: None) -> Iterator[None]:
    """Lets ``made_once`` put rows back, unless the server is one of the caller's, which has no such role."""
    if not isinstance(stack.postgres, Postgres):
        yield
        return
    with databases.cursor(stack.postgres.url("postgres", NAME)) as sql:
        _keepers.append(Keeper(sql))
        yield
        _keepers.clear()
