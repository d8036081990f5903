"""Places that are few among all processes, and tables that have a task of their own."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, connections

from crosschq.core import lanes, work
from prospects.export_models import ExportItem

pytestmark = pytest.mark.django_db(transaction=True)


def taken_elsewhere(name: str, *, places: int) -> bool:
    """Whether another session finds a place."""
    found: list[bool] = []

    def look() -> None:
        with lanes.taken(name, lanes=places) as is_ours:
            found.append(is_ours)
        connections.close_all()

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    return found[0]


def test_there_are_as_many_places_as_lanes_and_each_is_given_back() -> None:
    with lanes.taken("export", lanes=1) as mine:
        assert mine
        assert not taken_elsewhere("export", places=1)
        assert taken_elsewhere("export", places=2)
        assert taken_elsewhere("another", places=1)
    assert taken_elsewhere("export", places=1)


def test_a_session_that_ends_gives_its_place_back() -> None:
    with lanes.taken("export", lanes=1) as mine:
        assert mine
        connection.close()
        assert taken_elsewhere("export", places=1)


def test_a_table_with_a_task_of_its_own_is_rung_for_there(monkeypatch: pytest.MonkeyPatch) -> None:
    rung: list[tuple[str, list[str]]] = []
    monkeypatch.setattr("celery.app.base.Celery.send_task", lambda _app, task, args, **_: rung.append((task, args)))
    work.ring(ExportItem)
    assert rung == [("prospects.export", ["prospects.ExportItem"])]


def test_the_common_turns_leave_it_out(monkeypatch: pytest.MonkeyPatch) -> None:
    drained: list[type[work.WorkItem]] = []

    def drain(model: type[work.WorkItem], **_: object) -> int:
        drained.append(model)
        return 0

    monkeypatch.setattr(work, "drain", drain)
    assert work.drain_in_turns(seconds=5)
    assert ExportItem not in drained
    assert len(drained) == len(work.kinds()) - 1
