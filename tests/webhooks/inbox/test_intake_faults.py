"""While the database can't store a delivery, it is answered 503 within the vendor's 5 seconds, and comes again."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from django.db import connection

from connectors.models import Connection
from scripts.stack import databases
from scripts.stack.postgres import Postgres
from scripts.stack.stack import Stack
from tests.patience import production_limits
from tests.webhooks.deliveries import Endpoint, make_endpoint
from tests.webhooks.moves import events_of
from webhooks.inbox import committer, endpoints, receive

TABLE = "webhooks_inboundevent"
VENDOR_SECONDS = 5
# More than a busy machine needs, and less than PostgreSQL's own limit for a statement.
ANSWER_SECONDS = 12.0
MEGABYTES = 12


@pytest.fixture
def endpoint(live: Connection) -> Endpoint:
    return make_endpoint(live)


def database() -> str:
    return str(connection.settings_dict["NAME"])


def is_refused(endpoint: Endpoint) -> bool:
    with production_limits(receive, committer, endpoints):
        assert receive.DATABASE_SECONDS + committer.WAIT_SECONDS < VENDOR_SECONDS - 2
        began = time.monotonic()
        answer = endpoint.deliver()
    assert time.monotonic() - began < ANSWER_SECONDS
    assert answer.status_code == 503
    return answer.headers["Retry-After"] == "60"


def is_stored_once(endpoint: Endpoint) -> bool:
    connection.close()
    assert events_of(endpoint.connection) == []
    assert endpoint.deliver().status_code == 202
    return len(events_of(endpoint.connection)) == 1


@contextmanager
def locked_table(stack: Stack) -> Iterator[None]:
    with databases.cursor(stack.owner_url(database())) as sql:
        sql.execute(f"BEGIN; LOCK TABLE {TABLE} IN ACCESS EXCLUSIVE MODE")
        yield
        sql.execute("ROLLBACK")


def test_a_delivery_during_a_long_table_lock_is_stored_later(stack: Stack, endpoint: Endpoint) -> None:
    with locked_table(stack):
        assert is_refused(endpoint)
    assert is_stored_once(endpoint)


def test_a_delivery_during_a_statement_timeout_is_stored_later(stack: Stack, endpoint: Endpoint) -> None:
    with locked_table(stack):
        with connection.cursor() as sql:
            sql.execute("SET statement_timeout = '200ms'")
        assert is_refused(endpoint)
    assert is_stored_once(endpoint)


def test_a_delivery_at_the_connection_limit_is_stored_later(stack: Stack, endpoint: Endpoint) -> None:
    with databases.cursor(stack.owner_url("postgres")) as sql:
        sql.execute(f'ALTER DATABASE "{database()}" CONNECTION LIMIT 0')
        try:
            connection.close()
            assert is_refused(endpoint)
        finally:
            sql.execute(f'ALTER DATABASE "{database()}" CONNECTION LIMIT -1')
    assert is_stored_once(endpoint)


@pytest.fixture
def small_disk(stack: Stack, tmp_path: Path) -> Iterator[Path]:
    """A file system of a few megabytes that PostgreSQL can write to."""
    if os.geteuid() != 0:
        pytest.skip("Only root can mount a small file system.")
    if not isinstance(stack.postgres, Postgres) or stack.postgres.account.is_other:
        pytest.skip("PostgreSQL runs under an account that can't use a folder of this test.")
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m,mode=0700", "tmpfs", str(folder)]
    mounted = subprocess.run(mount, capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        pytest.skip(f"This machine lets nobody mount a file system: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_delivery_on_a_full_disk_is_stored_later(stack: Stack, endpoint: Endpoint, small_disk: Path) -> None:
    with databases.cursor(stack.postgres.url("postgres", database())) as sql:
        (small_disk / "data").mkdir()
        sql.execute(f"CREATE TABLESPACE small LOCATION '{small_disk / 'data'}'")
        sql.execute("GRANT CREATE ON TABLESPACE small TO owner")
        try:
            # So that no page of the table has room for another row.
            sql.execute(f"TRUNCATE {TABLE} CASCADE")
            sql.execute(f"ALTER TABLE {TABLE} SET TABLESPACE small")
            with suppress(OSError), open(small_disk / "filler", "wb", buffering=0) as filler:
                while filler.write(bytes(4096)):
                    pass
            assert is_refused(endpoint)
            (small_disk / "filler").unlink()
            assert is_stored_once(endpoint)
        finally:
            (small_disk / "filler").unlink(missing_ok=True)
            sql.execute(f"ALTER TABLE {TABLE} SET TABLESPACE pg_default")
            sql.execute("DROP TABLESPACE small")
