"""A wake-up is best effort: it never fails or delays a request, and several in a row cost as much as one."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator

import pytest
import redis
import structlog
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from crosschq.core.outbox import draining, wakeup, work_item
from crosschq.core.outbox.queues import CELERY_QUEUES
from crosschq.messaging.models import Message
from scripts.stack.processes import free_port
from scripts.stack.stack import Stack
from tests.core.jobs import Performer
from tests.patience import production_limits


@pytest.fixture
def broker(stack: Stack) -> Iterator[redis.Redis]:
    """The broker's database, empty before and after."""
    with redis.Redis.from_url(stack.valkey.url(0)) as client:
        client.flushdb()
        wakeup._unavailable_until = 0
        yield client
        client.flushdb()


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that accepts connections and never answers: a broker that hangs."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def notified_at(broker: str, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Notify as a request does once it has committed. Returns what was logged."""
    settings.CELERY_BROKER_URL = broker
    monkeypatch.setattr(wakeup, "_unavailable_until", 0.0)
    with structlog.testing.capture_logs() as logs:
        wakeup.notify_now("messaging.Message", "messages")
    return [line["event"] for line in logs]


def test_a_request_survives_a_broker_outage(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert notified_at(f"redis://127.0.0.1:{free_port()}/0", settings, monkeypatch) == ["wakeup_unreachable"]


def test_a_request_does_not_wait_for_a_hanging_broker(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, silent_port: int
) -> None:
    """Which never answers, so without a limit the request would wait forever."""
    with production_limits(wakeup):
        assert wakeup.BROKER_SECONDS < 1
        assert notified_at(f"redis://127.0.0.1:{silent_port}/0", settings, monkeypatch) == ["wakeup_unreachable"]


@pytest.mark.django_db
def test_a_worker_is_woken_after_a_commit_and_not_after_a_rollback(
    broker: redis.Redis, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        with transaction.atomic():
            wakeup.notify("messaging.Message", "messages")
            assert broker.llen("messages") == 0
        with transaction.atomic():
            wakeup.notify("connectors.Writeback", "vendor")
            transaction.set_rollback(True)
    assert (broker.llen("messages"), broker.llen("vendor")) == (1, 0)


@pytest.mark.django_db
def test_a_wakeup_contains_only_a_table_and_a_queue(
    broker: redis.Redis, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        work_item.wake_workers(Message, queue="urgent")
    sent = broker.lpop("urgent")
    assert isinstance(sent, bytes)
    headers = json.loads(sent)["headers"]
    assert (headers["task"], headers["argsrepr"]) == ("core.drain", "['messaging.Message', 'urgent']")


def test_a_wakeup_reaches_only_its_queue(broker: redis.Redis) -> None:
    wakeup.notify_now("messaging.Message", "urgent")
    assert {name: broker.llen(name) for name in CELERY_QUEUES if broker.llen(name)} == {"urgent": 1}


def test_many_simultaneous_wakeups_cost_one(broker: redis.Redis) -> None:
    for _ in range(50):
        wakeup.notify_now("messaging.Message", "messages")
    assert broker.llen("messages") == 1
    wakeup.arrived("messaging.Message", "messages")
    wakeup.notify_now("messaging.Message", "messages")
    assert broker.llen("messages") == 2


@pytest.mark.django_db
def test_a_wakeup_without_work_takes_two_queries(performer: Performer) -> None:
    """In one transaction: what dead workers left behind, and what is due."""
    with CaptureQueriesContext(connection) as asked:
        draining.run("messaging.Message", "messages")
    assert len([query for query in asked if not query["sql"].startswith("RELEASE")]) == 2


def test_a_failed_broker_is_not_tried_again_for_a_moment(
    stack: Stack, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wakeup, "RETRY_SECONDS", 60)
    settings.CELERY_BROKER_URL = f"redis://127.0.0.1:{free_port()}/0"
    assert not wakeup.notify_now("messaging.Message", "messages")
    settings.CELERY_BROKER_URL = stack.valkey.url(0)
    assert not wakeup.notify_now("messaging.Message", "messages")
