"""The scheduler only wakes workers: due times are rows."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from crosschq.celery import app
from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import Message
from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import cross_tenant, tenant
from requests_app.models import Reminder
from tests.core.jobs import make_work, reread
from tests.factories import make_organization
from tests.requests_app.factories import waiting_request

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


def people_reminded(organization: Organization) -> Counter[str]:
    with tenant(organization):
        return Counter(Message.objects.filter(kind__endswith="_reminder").values_list("to_email", flat=True))


def send_reminders(organization: Organization) -> None:
    """Send the emails that wait, and what is due, as a worker does."""
    with tenant(organization):
        Message.objects.filter(state=WorkState.PENDING).update(state=WorkState.DONE, finished_at=datetime.now(UTC))
    work_item.drain(Reminder)


def test_a_week_without_a_scheduler_and_a_worker_costs_each_person_one_reminder() -> None:
    """Several were due. Only the newest goes out, and the next ones follow their plan."""
    with time_machine.travel(NOON, tick=False) as clock:
        scenario = waiting_request()
        send_reminders(scenario.organization)
        clock.shift(timedelta(days=7))
        for _time in range(2):
            send_reminders(scenario.organization)
            run_every_scheduled_task()
        reminded = people_reminded(scenario.organization)
    assert set(reminded) >= {"priya@ledgerly.example", "tom@ledgerly.example"}
    assert set(reminded.values()) == {1}


@pytest.mark.parametrize("off", [-HOUR, HOUR])
def test_workers_whose_clocks_are_an_hour_apart_send_each_reminder_once(off: timedelta) -> None:
    """One that is ahead sends up to an hour early. One that is behind leaves it to the others."""
    with time_machine.travel(NOON, tick=False) as clock:
        scenario = waiting_request()
        send_reminders(scenario.organization)
        with tenant(scenario.organization):
            first = Reminder.objects.filter(state=WorkState.PENDING).order_by("planned_for")[0].planned_for
        for moment in (first - HOUR / 2, first + HOUR / 2, first + 2 * HOUR):
            for clock_of_a_worker in (moment + off, moment):
                clock.move_to(clock_of_a_worker)
                send_reminders(scenario.organization)
        reminded = people_reminded(scenario.organization)
    assert reminded
    assert set(reminded.values()) == {1}
