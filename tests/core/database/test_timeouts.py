"""Timeouts that end forgotten queries and transactions."""

from __future__ import annotations

import socket
import time

import pytest
from django.db import OperationalError, close_old_connections, connection

from crosschq.core.database import timeouts
from scripts.stack import databases
from scripts.stack.stack import Stack
from tests.stack.migrated import connected_to


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("limit", "value"),
    [
        ("statement_timeout", "15s"),
        ("idle_in_transaction_session_timeout", "30s"),
        ("client_connection_check_interval", "1s"),
    ],
)
def test_the_database_cancels_slow_statements(limit: str, value: str) -> None:
    with connection.cursor() as sql:
        sql.execute(f"SHOW {limit}")
        assert sql.fetchone() == (value,)


def test_a_request_is_not_one_transaction() -> None:
    """Network calls go between two transactions. One transaction per request would hold its locks during them."""
    assert connection.settings_dict["ATOMIC_REQUESTS"] is False


def ask(sql: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


@pytest.mark.django_db(transaction=True)
def test_a_query_past_its_time_limit_fails_and_the_next_one_works(stack: Stack) -> None:
    pid, began = ask("SELECT pg_backend_pid()"), time.monotonic()
    with pytest.raises(OperationalError, match="in time"), timeouts.answers_within(0.3):
        ask("SELECT pg_sleep(10)")
    assert time.monotonic() - began < 1
    close_old_connections()  # as after each request and task
    assert ask("SELECT 1") == 1
    with databases.cursor(stack.owner_url("postgres")) as sql:
        for _ in range(30):
            sql.execute("SELECT pid FROM pg_stat_activity WHERE pid = %s", [pid])
            if sql.fetchone() is None:
                break
            time.sleep(0.1)
        else:
            pytest.fail("the server goes on with what nobody waits for")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("outer", "inner"), [(0.3, 5), (5, 0.3)])
def test_the_earlier_of_two_time_limits_applies(outer: float, inner: float) -> None:
    began = time.monotonic()
    with (
        pytest.raises(OperationalError, match="in time"),
        timeouts.answers_within(outer),
        timeouts.answers_within(inner),
    ):
        ask("SELECT pg_sleep(10)")
    assert time.monotonic() - began < 1


@pytest.mark.django_db(transaction=True)
def test_a_server_that_accepts_a_connection_and_never_answers_times_out(monkeypatch: pytest.MonkeyPatch) -> None:
    assert timeouts.CONNECT_SECONDS == 2
    monkeypatch.setattr(timeouts, "CONNECT_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        with connected_to(f"postgres://app:x@127.0.0.1:{silent.getsockname()[1]}/x"), pytest.raises(OperationalError):
            ask("SELECT 1")
    assert 0.29 < time.monotonic() - began < 2
