"""Everything that must happen automatically is scheduled by beat or found by the workers."""

from __future__ import annotations

import pytest

from crosschq.celery import app
from tests.architecture.test_models import RANKS

app.loader.import_default_modules()
# Rows that wait are found by the workers themselves.
OURS = sorted(task for task in app.tasks if task.partition(".")[0] in RANKS and task != "core.drain")
SCHEDULED = {entry["task"]: entry for entry in app.conf.beat_schedule.values()}


def test_each_task_is_scheduled_and_each_entry_names_a_task() -> None:
    assert sorted(SCHEDULED) == OURS


@pytest.mark.parametrize("task", OURS)
def test_a_task_needs_no_argument(task: str) -> None:
    assert "args" not in SCHEDULED[task]
    assert "kwargs" not in SCHEDULED[task]


@pytest.mark.django_db
@pytest.mark.parametrize("task", OURS)
def test_a_task_runs_on_an_empty_database_and_twice(task: str) -> None:
    app.tasks[task]()
    app.tasks[task]()
