"""Committers of tests give their connections back, since other tests look at those of the database."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from tests.patience import wait_for
from webhooks.inbox import committer


def wait_until_closed(pids: set[int]) -> None:
    """Return once none of these connections exists."""

    def are_closed() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE pid = ANY(%s)", [list(pids)])
            return bool(cursor.fetchone()[0] == 0)

    wait_for(are_closed)


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
    wait_until_closed(pids)
