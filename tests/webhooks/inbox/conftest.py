"""Committers of tests give their connections back, since other tests look at those of the database."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from webhooks.inbox import committer

SECONDS = 10.0


def still_open(pids: set[int]) -> bool:
    """Whether any of these connections exists after SECONDS."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE pid = ANY(%s)", [list(pids)])
            if cursor.fetchone()[0] == 0:
                return False
        time.sleep(0.02)
    return True


@pytest.fixture
def connections_of_committers(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[set[int]]:
    """The connections that committers opened, closed when nothing waits for them, and at the end of the test."""
    pids: set[int] = set()

    def note(connection: BaseDatabaseWrapper, **_: object) -> None:
        if threading.current_thread().name == "committer":
            pids.add(connection.connection.get_backend_pid())

    monkeypatch.setattr(committer, "IDLE_SECONDS", 0.02)
    connection_created.connect(note)
    yield pids
    connection_created.disconnect(note)
    assert not still_open(pids)
