"""Wait until another thread waits for a lock in PostgreSQL, instead of sleeping and hoping that it does."""

from __future__ import annotations

import time
from concurrent.futures import Future
from typing import Any

from django.db import connection

SECONDS = 20.0


def waits_for_a_lock(act: Future[Any]) -> bool:
    """Whether the act waits for a lock. Returns as soon as it does or has ended."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        if a_lock_is_awaited():
            return True
        if act.done():
            return False
        time.sleep(0.01)
    raise AssertionError("it neither waits for a lock nor ends")


def a_lock_is_awaited() -> bool:
    with connection.cursor() as sql:
        sql.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        return bool(sql.fetchone()[0])
