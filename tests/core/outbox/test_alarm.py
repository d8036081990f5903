"""Any live process notices a stopped part and notifies the operator through the log, email and /readyz."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import structlog
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from crosschq.celery import app
from crosschq.core.models import Alarm, FailedRow, Heartbeat
from crosschq.core.outbox import alarm, claims, workers
from crosschq.core.outbox.queues import MESSAGES
from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import Message
from crosschq.scheduler import Scheduler
from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import cross_tenant
from prospects.models import ExportItem
from scripts.stack.stack import Stack
from tests.factories import make_organization
from tests.messaging.rows import write
from tests.plans import without_autovacuum

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock(settings: Settings) -> Iterator[time_machine.Traveller]:
    settings.OPERATOR_EMAIL = "operator@crosschq.example"
    alarm._last.clear()
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def alarms_raised() -> list[dict[str, Any]]:
    with structlog.testing.capture_logs() as logs:
        alarm.check()
    return [dict(line) for line in logs if line["event"].startswith("operator_alarm")]


def emails() -> list[Message]:
    """The alarm emails. Reading them sends those that are due."""
    with cross_tenant("a test looks at an email that belongs to no organization"):
        Message.objects.filter(kind="operator_alarm").update(state=WorkState.DONE)
        return list(Message.objects.filter(kind="operator_alarm").order_by("pk"))


def beat() -> None:
    alarm._last.clear()
    alarm.note_beat()


def test_there_is_no_alarm_while_the_scheduler_beats_and_work_gets_done(clock: time_machine.Traveller) -> None:
    for _minute in range(20):
        beat()
        assert alarms_raised() == []
        clock.shift(60)
    assert emails() == []


def test_a_dead_scheduler_is_logged_once_then_every_five_minutes_and_emailed_hourly(
    clock: time_machine.Traveller,
) -> None:
    beat()
    clock.shift(120)
    assert alarms_raised() == []
    clock.shift(30)
    lines = []
    for _check in range(48):
        lines += alarms_raised()
        emails()
        clock.shift(75)
    assert {(line["event"], line["alarm"], line["log_level"]) for line in lines} == {
        ("operator_alarm", "scheduler_silent", "error")
    }
    assert lines[0]["last_beat_seconds"] == 150
    assert len(lines) == 12
    (email,) = emails()
    assert (email.to_email, email.subject) == (
        "operator@crosschq.example",
        "Crosschq needs attention: scheduler_silent",
    )
    assert "The scheduler (celery beat) has stopped. Start it again." in email.text
    alarms_raised()
    assert len(emails()) == 2
    beat()
    assert [line["event"] for line in alarms_raised()] == ["operator_alarm_ended"]
    assert not Alarm.objects.exists()


def test_a_scheduler_that_never_ran_is_noticed_too(clock: time_machine.Traveller) -> None:
    assert alarms_raised() == []
    clock.shift(121)
    assert [line["alarm"] for line in alarms_raised()] == ["scheduler_silent"]


def test_the_last_beat_survives_a_loss_of_broker_and_cache(client: Client, clock: time_machine.Traveller) -> None:
    beat()
    cache.clear()
    clock.shift(30)
    assert client.get("/readyz").json()["last_beat_seconds"] == 30


def test_work_that_nobody_does_is_reported(client: Client, clock: time_machine.Traveller) -> None:
    write(make_organization())
    with cross_tenant("a sign-in email"):
        Message.objects.create(organization=None, kind="code", to_email="a@b.example", subject="x", text="x")
    clock.shift(601)
    beat()
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json()["oldest_due_seconds"]) == (200, 601)
    alarm.check()
    assert Alarm.objects.get().name == "work_late"
    assert len(emails()) == 1
    assert "messaging.Message: 601" in emails()[0].text


@pytest.mark.parametrize("null", [True, False])
def test_work_with_and_without_an_organization_counts(clock: time_machine.Traveller, *, null: bool) -> None:
    item = write(make_organization())
    if null:
        with cross_tenant("a sign-in email"):
            Message.objects.filter(pk=item.pk).update(organization=None)
    clock.shift(60)
    assert alarm.read_signs().oldest_due == {"messaging.Message": NOON}


def test_abandoned_work_counts_and_active_or_postponed_work_does_not(
    clock: time_machine.Traveller,
) -> None:
    item = write(make_organization())

    def set_to(**fields: Any) -> dict[str, datetime]:
        with cross_tenant("a test changes a row"):
            Message.objects.filter(pk=item.pk).update(**fields)
        return alarm.read_signs().oldest_due

    real_now = datetime.now(UTC)
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        (real_now,) = cursor.fetchone()
    assert set_to(state="working", lease_until=real_now + timedelta(minutes=1)) == {}
    assert set_to(state="working", lease_until=real_now - timedelta(minutes=1)) != {}
    assert set_to(state="pending", lease_until=None, available_at=NOON + timedelta(hours=1)) == {}
    assert set_to(state="done", available_at=NOON) == {}


def test_an_export_that_takes_days_raises_no_alarm() -> None:
    assert ExportItem.drains_slowly


def test_failing_rows_in_periodic_tasks_are_reported(client: Client) -> None:
    beat()
    FailedRow.objects.create(task="close_overdue", row="requests_app.ReferenceRequest 1", error="KeyError")
    assert client.get("/readyz").json()["failed_rows"] == 1
    alarm.check()
    assert Alarm.objects.get().name == "periodic_rows_fail"


def test_readyz_logs_the_alarm_while_no_worker_is_alive(client: Client, clock: time_machine.Traveller) -> None:
    beat()
    clock.shift(121)
    with structlog.testing.capture_logs() as logs:
        answers = [client.get("/readyz") for _time in range(3)]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert [line["alarm"] for line in logs if line["event"] == "operator_alarm"] == ["scheduler_silent"]
    assert not Alarm.objects.exists()


def test_without_an_operator_address_only_the_log_says_so(settings: Settings, clock: time_machine.Traveller) -> None:
    settings.OPERATOR_EMAIL = ""
    beat()
    clock.shift(121)
    assert len(alarms_raised()) == 1
    assert emails() == []


def look_for_work() -> None:
    """Look for due work, as a worker does every two seconds."""
    workers.wake_due_queues([])


def test_a_worker_checks_for_alarms_while_it_looks_for_work(clock: time_machine.Traveller) -> None:
    beat()
    clock.shift(121)
    look_for_work()
    assert Alarm.objects.get().name == "scheduler_silent"
    Alarm.objects.all().delete()
    look_for_work()
    assert not Alarm.objects.exists()  # once in 30 s is enough


def test_a_failed_check_does_not_stop_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise RuntimeError

    monkeypatch.setattr(alarm, "check", broken)
    look_for_work()


def test_the_number_of_queries_does_not_depend_on_the_backlog(clock: time_machine.Traveller) -> None:
    organization = make_organization()

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            alarm.read_signs()
        return len(captured)

    write(organization)
    alarm.read_signs()
    few = queries()
    write_many(organization)
    assert queries() == few


def test_the_oldest_due_work_is_found_by_an_index(transactional_db: None, stack: Stack) -> None:
    of_messages, parameters = claims.table_of(Message), claims._parameters(claims.table_of(Message), MESSAGES)
    with without_autovacuum(stack, "messaging_message") as analyze:
        write_many(make_organization())
        for has_statistics in (False, True):
            with cross_tenant("a plan"), connection.cursor() as cursor:
                cursor.execute("EXPLAIN " + claims._statement(claims.OLDEST, of_messages, MESSAGES), parameters)
                plan = "\n".join(line for (line,) in cursor.fetchall())
            assert "messaging_message_due" in plan, (has_statistics, plan)
            analyze()


def write_many(organization: Organization) -> None:
    with cross_tenant("many rows"):
        Message.objects.bulk_create(
            Message(organization=organization, kind="x", to_email="a@b.example", subject="x", text="x")
            for _number in range(2000)
        )


def test_the_celery_scheduler_records_each_tick_and_survives_its_database(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert app.conf.beat_scheduler == "crosschq.scheduler:Scheduler"
    scheduler = Scheduler(app, schedule_filename=str(tmp_path / "schedule"), lazy=True)
    monkeypatch.setattr("celery.beat.PersistentScheduler.tick", lambda self: 5.0)
    monkeypatch.setattr("crosschq.scheduler.close_old_connections", lambda: None)
    assert scheduler.tick() == 5.0
    assert Heartbeat.objects.get().at == NOON

    def gone() -> None:
        from django.db import OperationalError

        raise OperationalError

    monkeypatch.setattr(alarm, "note_beat", gone)
    monkeypatch.setattr(connection, "close", lambda: None)
    assert scheduler.tick() == 5.0
