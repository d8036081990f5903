"""Whatever must happen by itself is rung for by beat."""

from __future__ import annotations

import pytest

from crosschq.celery import app
from tests.architecture.test_models import RANKS

app.loader.import_default_modules()
OURS = sorted(task for task in app.tasks if task.partition(".")[0] in RANKS)
SCHEDULED = {entry["task"]: entry for entry in app.conf.beat_schedule.values()}


def test_each_task_is_scheduled_and_each_entry_names_a_task() -> None:
    assert sorted(SCHEDULED) == OURS


def test_the_bell_is_rung_every_five_seconds_and_does_not_pile_up() -> None:
    assert SCHEDULED["core.drain"]["schedule"] == 5.0
    assert SCHEDULED["core.drain"]["options"] == {"expires": 5}


@pytest.mark.parametrize("task", OURS)
def test_a_task_needs_no_argument(task: str) -> None:
    assert "args" not in SCHEDULED[task]
    assert "kwargs" not in SCHEDULED[task]


@pytest.mark.django_db
@pytest.mark.parametrize("task", OURS)
def test_a_task_runs_on_an_empty_database_and_twice(task: str) -> None:
    app.tasks[task]()
    app.tasks[task]()
