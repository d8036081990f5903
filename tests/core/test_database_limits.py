"""What ends a query or a transaction that somebody forgot."""

from __future__ import annotations

import pytest
from django.db import connection


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("limit", "value"), [("statement_timeout", "15s"), ("idle_in_transaction_session_timeout", "30s")]
)
def test_the_database_gives_up_on_what_takes_too_long(limit: str, value: str) -> None:
    with connection.cursor() as sql:
        sql.execute(f"SHOW {limit}")
        assert sql.fetchone() == (value,)


def test_a_request_is_not_one_transaction() -> None:
    """Network calls lie between two blocks; a request that is one transaction would hold its locks meanwhile."""
    assert connection.settings_dict["ATOMIC_REQUESTS"] is False
