"""The statements that open a transaction reach PostgreSQL together with its first statement."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from django.db import DatabaseError, DataError, InternalError, ProgrammingError, connection, transaction
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from crosschq.core.database import rls

pytestmark = pytest.mark.django_db(transaction=True)


def ask(sql: str, *parameters: Any) -> object:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters or None)
        return cursor.fetchone()[0]


def is_open() -> bool:
    """Whether PostgreSQL has a transaction open for us. A read outside of one has another time each."""
    assert connection.connection is not None
    return bool(connection.connection.info.transaction_status)


def scope_now() -> object:
    return ask("SELECT current_setting('app.org', true)")


def test_a_scope_with_one_statement_takes_two_round_trips() -> None:
    ask("SELECT 1")
    with CaptureQueriesContext(connection) as sent, rls.scope("7"):
        assert scope_now() == "7"
    assert [query["sql"] for query in sent] == ["SELECT current_setting('app.org', true)", "COMMIT"]
    assert not is_open()
    assert not scope_now()


def test_a_scope_inside_another_takes_no_further_round_trip_and_ends_with_its_block() -> None:
    with rls.scope(rls.ALL_TENANTS):
        assert scope_now() == "*"
        with CaptureQueriesContext(connection) as sent:
            with rls.scope("7"):
                assert scope_now() == "7"
            assert scope_now() == "*"
        assert len(sent) == 2


def test_a_transaction_without_a_statement_sends_nothing() -> None:
    ask("SELECT 1")
    with CaptureQueriesContext(connection) as sent, rls.scope("7"), transaction.atomic():
        pass
    with pytest.raises(ZeroDivisionError), CaptureQueriesContext(connection) as also_sent, rls.scope("7"):
        raise ZeroDivisionError
    assert not [*sent, *also_sent]
    assert not is_open()


def test_a_savepoint_without_a_statement_can_be_rolled_back() -> None:
    with rls.scope("7"):
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            raise ZeroDivisionError
        assert scope_now() == "7"


def test_what_failed_is_rolled_back_to_its_savepoint() -> None:
    with rls.scope("7"):
        with pytest.raises(DataError), transaction.atomic():
            ask("SELECT 1 / 0")
        assert scope_now() == "7"
        assert is_open()


def test_a_savepoint_is_released_together_with_the_next_statement() -> None:
    with transaction.atomic():
        with transaction.atomic():
            ask("SELECT 1")
        with CaptureQueriesContext(connection) as sent, pytest.raises(InternalError, match="does not exist"):
            ask(f"ROLLBACK TO SAVEPOINT {last_savepoint()}")
        assert len(sent) == 1
        transaction.set_rollback(True)


def last_savepoint() -> str:
    ahead: list[str] = connection.ahead  # type: ignore[attr-defined]  # of base.DatabaseWrapper
    return ahead[-1].rsplit(maxsplit=1)[-1]


def test_a_block_that_swallowed_a_failure_fails_at_its_end() -> None:
    with rls.scope("7"):
        with pytest.raises(DatabaseError, match="aborted"), transaction.atomic(), suppress(DataError):
            ask("SELECT 1 / 0")
        assert scope_now() == "7"


def test_a_failed_first_statement_rolls_the_transaction_back() -> None:
    with pytest.raises(DataError), rls.scope("7"):
        ask("SELECT 1 / 0")
    assert not is_open()
    assert not scope_now()


def test_a_statement_that_was_not_sent_leaves_the_transaction_to_the_next() -> None:
    with rls.scope("7"):
        with pytest.raises(ValueError, match="NUL"):
            ask("SELECT %s", "a\0b")
        assert scope_now() == "7"
        assert is_open()


def test_nothing_runs_outside_the_transaction_after_a_statement_that_postgresql_cannot_read() -> None:
    """It reads a whole message first, so not even BEGIN was executed."""
    with rls.scope("7"):
        with pytest.raises(ProgrammingError, match="syntax"):
            ask("SELEC 1")
        with pytest.raises(TransactionManagementError):
            ask("SELECT 1")
        transaction.set_rollback(True)
    assert not scope_now()


def test_several_rows_at_once_are_stored_in_the_transaction() -> None:
    with rls.scope("7"), connection.cursor() as cursor:
        cursor.executemany("SELECT %s", [(1,), (2,)])
        assert scope_now() == "7"
