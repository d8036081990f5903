"""Wait until another thread waits for a lock in PostgreSQL, instead of sleeping and hoping that it does."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any

from django.db import connection

from tests.patience import wait_for


def waits_for_a_lock(act: Future[Any]) -> bool:
    """Whether the act waits for a lock. Returns as soon as it does or has ended."""
    return wait_for(lambda: "waits" if a_lock_is_awaited() else act.done() and "ended") == "waits"


def a_lock_is_awaited() -> bool:
    with connection.cursor() as sql:
        sql.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        return bool(sql.fetchone()[0])
