"""Timeouts that end forgotten queries and transactions."""

from __future__ import annotations

import socket

import pytest
from django.db import OperationalError, close_old_connections, connection

from crosschq.core.database import timeouts
from scripts.stack import databases
from scripts.stack.stack import Stack
from tests.patience import wait_for
from tests.stack.migrated import connected_to

SLEEP = "SELECT pg_sleep(60)"


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
    pid = ask("SELECT pg_backend_pid()")
    with pytest.raises(OperationalError, match="in time"), timeouts.answers_within(0.3):
        ask(SLEEP)
    close_old_connections()  # as after each request and task
    assert ask("SELECT 1") == 1
    with databases.cursor(stack.owner_url("postgres")) as sql:

        def has_ended() -> bool:
            sql.execute("SELECT FROM pg_stat_activity WHERE pid = %s", [pid])
            return sql.fetchone() is None

        wait_for(has_ended)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("outer", "inner"), [(0.3, 600), (600, 0.3)])
def test_the_earlier_of_two_time_limits_applies(outer: float, inner: float) -> None:
    """Without it, the server's own limit would end the statement, with another error."""
    with (
        pytest.raises(OperationalError, match="in time"),
        timeouts.answers_within(outer),
        timeouts.answers_within(inner),
    ):
        ask(SLEEP)


@pytest.mark.django_db(transaction=True)
def test_a_server_that_accepts_a_connection_and_never_answers_times_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeouts, "CONNECT_SECONDS", 0.3)
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        connected_to(f"postgres://app:x@127.0.0.1:{silent.getsockname()[1]}/x"),
        pytest.raises(OperationalError),
    ):
        ask("SELECT 1")
