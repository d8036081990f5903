"""Limits that end forgotten queries and transactions."""

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
def test_the_database_gives_up_on_what_takes_too_long(limit: str, value: str) -> None:
    with connection.cursor() as sql:
        sql.execute(f"SHOW {limit}")
        assert sql.fetchone() == (value,)


def test_a_request_is_not_one_transaction() -> None:
    """Network calls lie between two blocks; a request that is one transaction would hold its locks meanwhile."""
    assert connection.settings_dict["ATOMIC_REQUESTS"] is False


def ask(sql: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


@pytest.mark.django_db(transaction=True)
def test_what_is_asked_within_a_time_ends_with_it_and_the_next_question_is_answered(stack: Stack) -> None:
    pid, began = ask("SELECT pg_backend_pid()"), time.monotonic()
    with pytest.raises(OperationalError, match="in time"), timeouts.answers_within(0.3):
        ask("SELECT pg_sleep(10)")
    assert time.monotonic() - began < 1
    close_old_connections()  # as at the end of each request and task
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
def test_of_two_times_the_earlier_holds(outer: float, inner: float) -> None:
    began = time.monotonic()
    with (
        pytest.raises(OperationalError, match="in time"),
        timeouts.answers_within(outer),
        timeouts.answers_within(inner),
    ):
        ask("SELECT pg_sleep(10)")
    assert time.monotonic() - began < 1


@pytest.mark.django_db(transaction=True)
def test_a_server_that_takes_a_connection_and_says_nothing_is_given_up_on() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        with connected_to(f"postgres://app:x@127.0.0.1:{silent.getsockname()[1]}/x"), pytest.raises(OperationalError):
            ask("SELECT 1")
    assert 1.9 < time.monotonic() - began < 3
