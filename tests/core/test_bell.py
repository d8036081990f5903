"""The bell is best effort: it neither fails a request nor holds one up, and what it misses the next one finds."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest
import redis
from django.db import transaction
from pytest_django import DjangoCaptureOnCommitCallbacks

from crosschq.core import bell, tasks, work
from crosschq.core.work import State
from crosschq.messaging.models import Message
from scripts.stack.processes import free_port
from scripts.stack.stack import ROOT, Stack
from tests.core.jobs import Performer, make_work, reread
from tests.factories import make_organization

RING = """
import time, django
django.setup()
from crosschq.core import bell
started = time.monotonic()
bell.ring("messaging.Message")
print(time.monotonic() - started)
"""


@pytest.fixture
def queue(stack: Stack) -> Iterator[redis.Redis]:
    """The broker's database, empty before and after."""
    with redis.Redis.from_url(stack.valkey.url(0)) as client:
        client.flushdb()
        yield client
        client.flushdb()


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that accepts connections and never answers: a broker that hangs."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def ring_at(broker: str, stack: Stack) -> tuple[float, str]:
    """Ring in a process of its own: the seconds it took, and its log."""
    settings = {
        "DJANGO_SETTINGS_MODULE": "crosschq.settings",
        "CELERY_BROKER_URL": broker,
        "DATABASE_URL": stack.app_url("postgres"),
    }
    done = subprocess.run(
        [sys.executable, "-c", RING],
        cwd=ROOT,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout), done.stderr


def test_a_broker_that_is_away_costs_a_request_nothing(stack: Stack) -> None:
    seconds, log = ring_at(f"redis://127.0.0.1:{free_port()}/0", stack)
    assert seconds < 1
    assert json.loads(log)["event"] == "bell_unreachable"


def test_a_broker_that_hangs_costs_a_request_less_than_a_second(stack: Stack, silent_port: int) -> None:
    seconds, log = ring_at(f"redis://127.0.0.1:{silent_port}/0", stack)
    assert seconds < 1
    assert json.loads(log)["event"] == "bell_unreachable"


@pytest.mark.django_db
def test_the_bell_rings_after_the_commit_and_not_after_a_rollback(
    queue: redis.Redis, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        with transaction.atomic():
            bell.ring("messaging.Message")
            assert queue.llen("celery") == 0
        with transaction.atomic():
            bell.ring("messaging.Message")
            transaction.set_rollback(True)
    assert queue.llen("celery") == 1


@pytest.mark.django_db
def test_a_ring_carries_the_name_of_a_table_and_nothing_else(
    queue: redis.Redis, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        work.ring(Message)
    rung = queue.lpop("celery")
    assert isinstance(rung, bytes)
    headers = json.loads(rung)["headers"]
    assert (headers["task"], headers["argsrepr"]) == ("core.drain", "['messaging.Message']")


@pytest.mark.django_db
@pytest.mark.parametrize("label", ["messaging.Message", "connectors.Writeback", ""])
def test_whatever_rings_all_due_work_is_done(performer: Performer, label: str) -> None:
    item = make_work(make_organization())
    tasks.drain(label)
    assert reread(item).state == State.DONE


@pytest.mark.django_db
def test_a_worker_that_ran_out_of_time_rings_for_the_next_one(
    queue: redis.Redis,
    performer: Performer,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    monkeypatch.setattr(tasks, "SECONDS", 0)
    item = make_work(make_organization())
    with django_capture_on_commit_callbacks(execute=True):
        tasks.drain("messaging.Message")
    assert reread(item).state == State.PENDING
    assert queue.llen("celery") == 1
