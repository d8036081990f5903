"""For tests that aren't about how fast PostgreSQL is: on a busy machine it may take longer than production allows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from crosschq.core.database import timeouts

SECONDS = 600.0  # pytest's own limit comes first


@contextmanager
def without_hurry() -> Iterator[None]:
    """No statement of this thread's connection times out in the block, neither in the server nor on our side."""
    with timeouts.answers_within(SECONDS):
        with connection.cursor() as sql:
            sql.execute("SET statement_timeout = 0")
        yield
        with connection.cursor() as sql:
            sql.execute("RESET statement_timeout")
