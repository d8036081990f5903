"""Behind PgBouncer in transaction mode, one connection to PostgreSQL serves several clients in turn."""

from __future__ import annotations

import runpy
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from django.contrib.sessions.models import Session
from django.db import OperationalError, ProgrammingError, close_old_connections, connection

from crosschq.core.database import locks, rls, timeouts
from crosschq.core.database.chunks import in_chunks
from crosschq.core.outbox import work_item
from crosschq.messaging.models import Message
from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import tenant
from scripts.stack import databases
from scripts.stack.folder import StateFolder
from scripts.stack.pooler import ABSENT, PROGRAM, Pooler
from scripts.stack.postgres import Postgres
from scripts.stack.stack import ROOT, Stack
from tests.core.jobs import Performer, make_work
from tests.factories import make_organization
from tests.stack.migrated import connected_to

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(PROGRAM is None, reason=ABSENT),
]
DATABASE = "test_crosschq"


@pytest.fixture(scope="module")
def pooler(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pooler]:
    """PgBouncer with a single connection to PostgreSQL."""
    assert isinstance(stack.postgres, Postgres)
    pooler = Pooler(StateFolder(tmp_path_factory.mktemp("pooler")), stack.postgres, pool_size=1)
    pooler.start()
    yield pooler
    pooler.stop()


@pytest.fixture(autouse=True)
def _through(pooler: Pooler, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Django's connections lead through the pooler, with the settings that the product has there."""
    monkeypatch.setenv("DATABASE_POOLER", "true")
    pooled = runpy.run_path(str(ROOT / "crosschq" / "settings.py"))["DATABASES"]["default"]
    for name in ("OPTIONS", "DISABLE_SERVER_SIDE_CURSORS"):
        monkeypatch.setitem(connection.settings_dict, name, pooled[name])
    with connected_to(pooler.url(DATABASE)):
        yield


def ask(sql: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


def visible() -> list[str]:
    """The rows that an unfiltered query sees, outside every scope or inside one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT subject FROM messaging_message ORDER BY subject")
        return [subject for (subject,) in cursor.fetchall()]


def in_a_thread(act: Callable[[], Any]) -> Any:
    """Run the function on its own connection, and return its result."""
    found: list[Any] = []

    def run() -> None:
        try:
            found.append(act())
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return found[0]


def two() -> tuple[Organization, Organization]:
    ours, theirs = make_organization("Ours"), make_organization("Theirs")
    make_work(ours, "ours")
    make_work(theirs, "theirs")
    return ours, theirs


def inside(organization: Organization) -> tuple[int, list[str]]:
    with tenant(organization):
        return ask("SELECT pg_backend_pid()"), visible()


def test_a_server_connection_carries_no_scope_to_the_next_client() -> None:
    """Two organizations take turns on the one connection, and between them a client without a scope."""
    ours, theirs = two()
    backends = set()
    for _ in range(5):
        backend, seen = inside(ours)
        other_backend, other_seen = in_a_thread(lambda: inside(theirs))
        assert (seen, other_seen) == (["ours"], ["theirs"])
        assert (visible(), in_a_thread(visible)) == ([], [])
        assert not ask("SELECT current_setting('app.org', true)")
        backends |= {backend, other_backend}
    assert len(backends) == 1


def test_a_client_that_disappears_inside_its_scope_leaves_none_behind(pooler: Pooler) -> None:
    ours, _theirs = two()
    client = psycopg2.connect(pooler.url(DATABASE).replace("postgres://", "postgresql://", 1))
    with client.cursor() as cursor:
        cursor.execute("SELECT set_config('app.org', %s, true)", [str(ours.pk)])
        cursor.execute("SELECT subject FROM messaging_message")
        assert cursor.fetchall() == [("ours",)]
    client.close()
    assert (visible(), in_a_thread(visible)) == ([], [])


def test_a_failed_transaction_leaves_no_scope_behind() -> None:
    ours, theirs = two()
    with pytest.raises(ProgrammingError, match="row-level security"), tenant(ours):
        Message.objects.bulk_create([Message(organization=theirs, kind="test", to_email="a@example.com")])
    assert (visible(), in_a_thread(visible)) == ([], [])


def test_a_statement_alone_sees_every_organization_and_leaves_no_scope_behind() -> None:
    two()
    assert sorted(rls.run("SELECT subject FROM messaging_message", [])) == [("ours",), ("theirs",)]
    assert (visible(), in_a_thread(visible)) == ([], [])


@pytest.mark.parametrize("limit", databases.LIMITS)
def test_the_timeouts_of_the_role_hold_behind_a_pooler(limit: str) -> None:
    assert ask(f"SHOW {limit}") == databases.LIMITS[limit]


def test_the_time_zone_and_encoding_of_each_client_hold_behind_a_pooler(
    pooler: Pooler, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("PGTZ", "Europe/Berlin")
        client = psycopg2.connect(pooler.url(DATABASE).replace("postgres://", "postgresql://", 1))
    client.autocommit = True
    with client.cursor() as cursor:
        cursor.execute("SHOW timezone")
        assert cursor.fetchall() == [("Europe/Berlin",)]
    client.close()
    assert (ask("SHOW timezone"), ask("SHOW client_encoding")) == ("UTC", "UTF8")


def test_a_statement_that_nobody_waits_for_ends_and_frees_the_server_connection() -> None:
    with pytest.raises(OperationalError, match="in time"), timeouts.answers_within(0.3):
        ask("SELECT pg_sleep(60)")
    close_old_connections()
    with timeouts.answers_within(10):
        assert ask("SELECT 1") == 1


def test_rows_are_read_in_chunks_while_other_clients_use_the_connection() -> None:
    """Without server-side cursors, which would belong to another client after the transaction."""
    for number in range(3):
        Session.objects.create(session_key=f"key-{number}", session_data="x", expire_date="2100-01-01T00:00:00Z")
    seen = []
    for read in (Session.objects.iterator(chunk_size=1), in_chunks(Session.objects.all(), 1)):
        for session in read:
            assert in_a_thread(lambda: ask("SELECT 1")) == 1
            seen.append(session.session_key)
    assert len(seen) == 6


def test_a_named_lock_ends_with_the_transaction() -> None:
    organization = make_organization()
    for _ in range(2):
        with tenant(organization):
            locks.hold("a name")
    assert ask("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == 0


def test_workers_drain_through_one_connection_and_perform_each_row_once(performer: Performer) -> None:
    organization = make_organization()
    for number in range(12):
        make_work(organization, str(number))
    drained = [in_a_thread(lambda: work_item.drain(Message, most=6)) for _ in range(3)]
    assert (sum(drained), len(performer.seen)) == (12, 12)


def test_the_configuration_that_ships_pools_by_transaction() -> None:
    text = Path(ROOT / "scripts" / "docker" / "pgbouncer.ini").read_text(encoding="utf-8")
    assert "\npool_mode = transaction\n" in text
