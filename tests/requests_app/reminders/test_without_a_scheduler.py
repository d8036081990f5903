"""The scheduler only wakes workers: due times are rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from crosschq.celery import app
from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import Message
from crosschq.tenancy.scope import cross_tenant
from requests_app.models import Reminder
from tests.core.jobs import make_work, reread
from tests.factories import make_organization

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def run_every_scheduled_task() -> None:
    app.loader.import_default_modules()
    for entry in app.conf.beat_schedule.values():
        app.tasks[entry["task"]]()


def counts() -> tuple[int, int]:
    with cross_tenant("a test counts rows"):
        return Message.objects.count(), Reminder.objects.count()


def test_two_schedulers_that_run_each_task_twice_write_nothing_twice() -> None:
    make_organization()
    run_every_scheduled_task()
    once = counts()
    run_every_scheduled_task()
    assert counts() == once


@pytest.mark.parametrize("off", [-HOUR, HOUR])
def test_a_worker_whose_clock_is_an_hour_off_takes_nothing_from_another(off: timedelta) -> None:
    """Leases go by the database's clock."""
    item = make_work(make_organization())
    assert work_item.claim(Message) is not None
    with time_machine.travel(datetime.now(UTC) + off, tick=False):
        assert work_item.claim(Message) is None
    assert reread(item).attempts == 1


def test_work_that_was_due_during_a_week_without_any_process_is_done_once() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        item = make_work(make_organization(), available_at=NOON + HOUR)
        clock.shift(timedelta(days=7))
        assert work_item.claim(Message) is not None
        assert work_item.claim(Message) is None
    assert reread(item).state == WorkState.WORKING
