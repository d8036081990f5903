"""A dead worker's items are free within seconds, and a worker without a broker finds its own work."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import NoReturn

import pytest
from django.db import OperationalError, connection
from django.db.models.functions import Now
from pytest_django import Settings

from crosschq.core.database import rls
from crosschq.core.models import Worker
from crosschq.core.outbox import draining, liveness, work_item, workers
from crosschq.core.outbox.queues import MESSAGES
from crosschq.core.outbox.work_item import WorkState
from crosschq.core.restore import mode
from crosschq.messaging.models import Message
from scripts.stack.postgres import Postgres
from scripts.stack.processes import children, free_port
from scripts.stack.stack import ROOT, Stack
from tests.core.jobs import Performer, Woken, make_work, reread
from tests.factories import make_organization
from tests.patience import SECONDS, wait_for
from tests.stack.plugin import DATABASE

pytestmark = pytest.mark.usefixtures("own_threads")


@pytest.fixture
def beating(monkeypatch: pytest.MonkeyPatch) -> Worker:
    """This process as a live worker, and another one whose heartbeats show that the database was always available."""
    uid = uuid.uuid4()
    monkeypatch.setattr(liveness, "worker", uid)
    workers._beat()
    Worker.objects.create(uid=uuid.uuid4(), beat_at=Now(), steady_since=Now() - timedelta(minutes=1))
    return Worker.objects.get(uid=uid)


def age_beats(seconds: float, *, worker: Worker | None = None) -> None:
    """Make the heartbeats of this worker, or of all workers, this old."""
    rows = Worker.objects.filter(pk=worker.pk) if worker else Worker.objects.all()
    rows.update(beat_at=Now() - timedelta(seconds=seconds))


@pytest.mark.django_db
def test_a_live_workers_items_cannot_be_claimed(beating: Worker) -> None:
    item = make_work(make_organization())
    assert work_item.claim(Message) is not None
    assert reread(item).leased_by == beating.uid
    assert work_item.claim(Message) is None


@pytest.mark.django_db
def test_the_items_of_a_worker_without_a_heartbeat_for_eight_seconds_can_be_claimed(beating: Worker) -> None:
    item = make_work(make_organization())
    assert work_item.claim(Message) is not None
    age_beats(liveness.DEAD_AFTER_SECONDS + 1, worker=beating)
    assert work_item.is_any_due(Message, MESSAGES)
    again = work_item.claim(Message)
    assert again is not None
    assert (again.pk, again.attempts) == (item.pk, 2)


@pytest.mark.django_db
def test_after_a_database_outage_no_worker_counts_as_dead_until_all_could_send_heartbeats(beating: Worker) -> None:
    """None could send heartbeats meanwhile, and each may still be working."""
    make_work(make_organization())
    assert work_item.claim(Message) is not None
    age_beats(60)
    assert work_item.claim(Message) is None
    another = Worker.objects.exclude(pk=beating.pk).get()
    with connection.cursor() as cursor:
        cursor.execute(liveness.BEAT, {"uid": another.uid})
    another.refresh_from_db()
    assert another.steady_since == another.beat_at
    assert work_item.claim(Message) is None
    Worker.objects.filter(pk=another.pk).update(steady_since=Now() - timedelta(seconds=9))
    assert work_item.claim(Message) is not None


@pytest.mark.django_db
def test_a_new_worker_inherits_the_start_of_the_others_heartbeats(beating: Worker) -> None:
    uid = uuid.uuid4()
    with connection.cursor() as cursor:
        cursor.execute(liveness.BEAT, {"uid": uid})
    oldest = Worker.objects.exclude(pk=beating.pk).exclude(uid=uid).get()
    assert Worker.objects.get(uid=uid).steady_since == oldest.steady_since


@pytest.mark.django_db
def test_a_worker_that_was_stopped_gives_up_its_earlier_claims(
    beating: Worker, performer: Performer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another one may have counted it as dead, and be working on the same item."""
    item = make_work(make_organization(), "claimed before")
    leased = work_item.claim(Message)
    assert leased is not None
    monkeypatch.setattr(liveness, "_last_beat", time.monotonic() - liveness.FENCE_SECONDS - 1)
    work_item.attempt(leased)
    assert performer.seen == []
    # Its next heartbeat doesn't give back what was claimed before the gap.
    workers._beat()
    assert not liveness.may_begin_effects(leased.claimed_at)
    again = work_item.claim(Message)
    assert again is not None
    work_item.attempt(again)
    assert (performer.seen, reread(item).state) == (["claimed before"], WorkState.DONE)


@pytest.mark.django_db
def test_the_items_of_a_worker_that_shut_down_can_be_claimed(beating: Worker) -> None:
    item = make_work(make_organization())
    assert work_item.claim(Message) is not None
    workers._forget_this_worker()
    again = work_item.claim(Message)
    assert again is not None
    assert again.pk == item.pk


@pytest.mark.django_db
def test_a_worker_that_starts_without_the_database_works_once_it_is_back(
    performer: Performer, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[str] = []
    monkeypatch.setattr(mode, "watch", lambda: None)
    monkeypatch.setattr(liveness, "worker", None)
    monkeypatch.setattr(liveness, "_last_beat", 0.0)
    monkeypatch.setattr(threading.Thread, "start", lambda thread: started.append(thread.name))
    make_work(make_organization(), "waiting")
    with monkeypatch.context() as away:
        away.setattr(liveness, "beat", lambda: gone(""))
        workers.start(["messages"])
    assert started == ["beat_forever", "poll_forever"]
    assert draining.run("messaging.Message", "messages") == 0
    workers._beat()
    assert draining.run("messaging.Message", "messages") == 1
    assert performer.seen == ["waiting"]


@pytest.mark.django_db(transaction=True)
def test_the_thread_that_starts_a_worker_keeps_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    served = SimpleNamespace(app=SimpleNamespace(amqp=SimpleNamespace(queues=SimpleNamespace(consume_from=["export"]))))
    monkeypatch.setattr(workers, "start", lambda _queues: Worker.objects.exists())
    workers.begin(served)
    assert connection.connection is None


@pytest.mark.django_db
def test_workers_gone_for_an_hour_are_deleted(beating: Worker) -> None:
    old = beating.beat_at - timedelta(hours=2)
    gone = Worker.objects.create(uid=uuid.uuid4(), beat_at=old, steady_since=old)
    workers._beat()
    assert not Worker.objects.filter(pk=gone.pk).exists()
    assert Worker.objects.count() == 2


@pytest.mark.django_db
def test_a_worker_finds_due_work_without_a_broker(performer: Performer, settings: Settings, woken: Woken) -> None:
    settings.CELERY_BROKER_URL = f"redis://127.0.0.1:{free_port()}/0"
    make_work(make_organization())
    assert workers.wake_due_queues(["messages", "urgent"]) == 1
    assert woken == [("messaging.Message", "messages")]


def test_no_queue_uses_the_threads_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty drains of slow connections, then a user waiting for a code."""
    slow, urgent = threading.Event(), threading.Event()

    def run(_label: str, queue: str) -> int:
        urgent.set() if queue == "urgent" else slow.wait(SECONDS)
        return 0

    monkeypatch.setattr(draining, "run", run)
    try:
        for number in range(20):
            draining.wake(f"slow {number}", "vendor")
        draining.wake("messaging.Message", "urgent")
        assert urgent.wait(SECONDS / 2)
    finally:
        slow.set()


@pytest.mark.django_db
def test_an_item_that_could_not_be_stored_is_freed_by_the_next_heartbeat(
    beating: Worker, performer: Performer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise its lease would count against the limits for five minutes."""
    item = make_work(make_organization())
    leased = work_item.claim(Message)
    assert leased is not None
    with monkeypatch.context() as away:
        away.setattr(rls, "scope", gone)
        with pytest.raises(OperationalError):
            work_item.attempt(leased)
    assert reread(item).state == WorkState.WORKING
    assert work_item.claim(Message) is None
    workers._beat()
    again = work_item.claim(Message)
    assert again is not None
    assert again.pk == item.pk
    work_item.attempt(again)
    assert reread(item).state == WorkState.DONE


def gone(_key: str) -> NoReturn:
    raise OperationalError("the connection is closed")


PERFORM = """
import time
from crosschq.core.outbox import work_item as work
from crosschq.tenancy.scope import tenant
def perform(item):
    {what}
    with tenant(item.organization):
        work.finish(item)
"""


@contextmanager
def worker_process(
    stack: Stack, database: str, folder: Path, *, broker: str, what: str = "pass"
) -> Iterator[subprocess.Popen[bytes]]:
    """A real worker on this test's database that performs messages by `what` instead of sending them."""
    (folder / "performing.py").write_text(PERFORM.format(what=what), encoding="utf-8")
    (folder / "worker_app.py").write_text(
        "from crosschq.celery import app\n"
        "from celery.signals import celeryd_after_setup\n"
        "@celeryd_after_setup.connect\n"
        "def patch(**_):\n"
        "    from crosschq.messaging.models import Message\n"
        "    Message.performed_by = 'performing.perform'\n",
        encoding="utf-8",
    )
    settings = {"DATABASE_URL": stack.app_url(database), "CELERY_BROKER_URL": broker, "PYTHONPATH": f"{folder}:{ROOT}"}
    command = [sys.executable, "-m", "celery", "-A", "worker_app", "worker", "--without-gossip", "--without-mingle"]
    with open(folder / "worker.log", "ab") as log:
        process = subprocess.Popen(
            [*command, "--queues", "messages", "--loglevel", "WARNING"],
            cwd=folder,
            env={**os.environ, **settings},
            stdout=log,
            stderr=log,
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def wait_for_workers(number: int) -> None:
    """Importing the product takes 3 s of CPU time, which can be half a minute on a busy machine."""
    wait_for(lambda: Worker.objects.count() == number)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_worker_that_starts_without_its_broker_still_works(stack: Stack, tmp_path: Path) -> None:
    item = make_work(make_organization())
    nowhere = f"redis://127.0.0.1:{free_port()}/0"
    with worker_process(stack, f"test_{DATABASE}", tmp_path, broker=nowhere):
        wait_for_workers(1)
        wait_for(lambda: reread(item).state == WorkState.DONE)
        later = make_work(make_organization("Later"))
        wait_for(lambda: reread(later).state == WorkState.DONE)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_killed_workers_items_are_taken_over_long_before_their_lease_ends(stack: Stack, tmp_path: Path) -> None:
    """After 8 s without a heartbeat; the lease takes 300."""
    item = make_work(make_organization())
    hung, sound = tmp_path / "hung", tmp_path / "sound"
    hung.mkdir()
    sound.mkdir()
    broker = stack.valkey.url(0)
    with worker_process(stack, f"test_{DATABASE}", hung, broker=broker, what="time.sleep(300)") as first:
        wait_for_workers(1)
        wait_for(lambda: reread(item).state == WorkState.WORKING)
        with worker_process(stack, f"test_{DATABASE}", sound, broker=broker):
            wait_for_workers(2)
            first.send_signal(signal.SIGKILL)
            wait_for(lambda: reread(item).state == WorkState.DONE)
    assert reread(item).attempts == 2


COUNTED = """with open('{effects}', 'a') as file:
        file.write(str(item.pk) + chr(10))
    time.sleep(3)"""


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_frozen_database_makes_no_worker_take_over_the_sends_of_another(stack: Stack, tmp_path: Path) -> None:
    """Both workers live; for 12 s neither can send heartbeats or store that its sends are done."""
    assert isinstance(stack.postgres, Postgres)
    organization, effects, broker = make_organization(), tmp_path / "effects", stack.valkey.url(0)
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    what = COUNTED.format(effects=effects)
    with (
        worker_process(stack, f"test_{DATABASE}", tmp_path / "one", broker=broker, what=what),
        worker_process(stack, f"test_{DATABASE}", tmp_path / "two", broker=broker, what=what),
    ):
        wait_for_workers(2)
        time.sleep(liveness.DEAD_AFTER_SECONDS + 1)
        made = [make_work(organization) for _ in range(8)]
        wait_for(lambda: effects.exists() and len(effects.read_text().split()) >= 2)
        servers = [stack.postgres.process.popen.pid, *children(stack.postgres.process.popen.pid)]
        for pid in servers:
            os.kill(pid, signal.SIGSTOP)
        try:
            time.sleep(12)
        finally:
            for pid in servers:
                os.kill(pid, signal.SIGCONT)
        wait_for(lambda: all(reread(item).state == WorkState.DONE for item in made))
    assert sorted(effects.read_text().split()) == sorted(str(item.pk) for item in made)
