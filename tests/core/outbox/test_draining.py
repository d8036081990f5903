"""A worker thread does what is due in one queue, and wakes another if there is more."""

from __future__ import annotations

import threading
import time

import pytest
from django.db import connections

from crosschq.core import tasks
from crosschq.core.outbox import draining
from crosschq.core.outbox.queues import MESSAGES, URGENT
from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import Message
from tests.core.jobs import Performer, finish, make_work, nobody, reread
from tests.factories import make_organization


@pytest.mark.django_db
def test_all_due_work_of_its_queue_is_done_and_none_of_another(performer: Performer) -> None:
    organization = make_organization()
    ours, other = make_work(organization, queue=URGENT.name), make_work(organization)
    tasks.drain("messaging.Message", "urgent")
    assert (reread(ours).state, reread(other).state) == (WorkState.DONE, WorkState.PENDING)
    tasks.drain("messaging.Message", "messages")
    assert reread(other).state == WorkState.DONE


@pytest.mark.django_db
def test_another_thread_is_woken_only_if_more_is_due(performer: Performer) -> None:
    organization, woken = make_organization(), []
    for number in range(3):
        make_work(organization, str(number))
    draining.run("messaging.Message", "messages", wake_thread=lambda *what: woken.append(what))
    assert woken == [("messaging.Message", "messages")] * 2


@pytest.mark.django_db
def test_it_stops_when_its_time_is_up_and_wakes_another_for_the_rest(
    performer: Performer, monkeypatch: pytest.MonkeyPatch
) -> None:
    organization, woken = make_organization(), []
    for number in range(2):
        make_work(organization, str(number))
    monkeypatch.setattr(draining, "SECONDS", 0.1)

    def slow(item: Message) -> None:
        time.sleep(0.2)
        finish(item)

    performer.job = slow
    done = draining.run("messaging.Message", "messages", wake_thread=lambda *what: woken.append(what))
    assert (done, performer.seen) == (1, ["0"])
    assert woken[-1] == ("messaging.Message", "messages")


@pytest.mark.django_db
def test_a_stopping_process_starts_nothing_new(performer: Performer, monkeypatch: pytest.MonkeyPatch) -> None:
    stopping = threading.Event()
    monkeypatch.setattr(draining, "stopping", stopping)
    organization = make_organization()
    for number in range(2):
        make_work(organization, str(number))

    def told_to_end(item: Message) -> None:
        stopping.set()
        finish(item)

    performer.job = told_to_end
    draining.run("messaging.Message", "messages", wake_thread=nobody)
    assert performer.seen == ["0"]


@pytest.mark.django_db(transaction=True)
def test_a_queue_never_uses_more_threads_than_its_own(performer: Performer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fourteen slow organizations leave the other queues their threads, and each row still gets done."""
    for number in range(14):
        make_work(make_organization(f"Slow {number}"), str(number))
    running, most, lock = 0, 0, threading.Lock()

    def slow(item: Message) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.3)
        with lock:
            running -= 1
        finish(item)

    performer.job = slow
    threads: list[threading.Thread] = []

    def wake_thread(label: str, queue: str) -> None:
        thread = threading.Thread(target=drain, args=(label, queue))
        threads.append(thread)
        thread.start()

    def drain(label: str, queue: str) -> None:
        draining.run(label, queue, wake_thread=wake_thread)
        connections.close_all()

    for _ in range(20):
        wake_thread("messaging.Message", "messages")
    deadline = time.monotonic() + 20
    while any(thread.is_alive() for thread in threads) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert most == MESSAGES.threads
    assert len(performer.seen) == 14
