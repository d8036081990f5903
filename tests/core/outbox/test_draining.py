"""A worker thread does what is due in one queue, and wakes another if there is more."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace

import pytest

from crosschq.core.outbox import draining
from crosschq.core.outbox.queues import MESSAGES, URGENT
from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import Message
from tests.core.jobs import Performer, Woken, finish, make_work, reread
from tests.factories import make_organization
from tests.patience import SECONDS, wait_for

pytestmark = pytest.mark.usefixtures("own_threads")


@pytest.mark.django_db
def test_all_due_work_of_its_queue_is_done_and_none_of_another(performer: Performer) -> None:
    organization = make_organization()
    ours, other = make_work(organization, queue=URGENT.name), make_work(organization)
    draining.run("messaging.Message", "urgent")
    assert (reread(ours).state, reread(other).state) == (WorkState.DONE, WorkState.PENDING)
    draining.run("messaging.Message", "messages")
    assert reread(other).state == WorkState.DONE


@pytest.mark.django_db
def test_another_thread_is_woken_only_if_more_is_due(performer: Performer, woken: Woken) -> None:
    organization = make_organization()
    for number in range(3):
        make_work(organization, str(number))
    draining.run("messaging.Message", "messages")
    assert woken == [("messaging.Message", "messages")] * 2


@pytest.mark.django_db
def test_it_stops_when_its_time_is_up_and_wakes_another_for_the_rest(
    performer: Performer, monkeypatch: pytest.MonkeyPatch, woken: Woken
) -> None:
    organization = make_organization()
    for number in range(2):
        make_work(organization, str(number))
    monkeypatch.setattr(draining, "SECONDS", SECONDS)

    def slow(item: Message) -> None:
        monkeypatch.setattr(draining, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + SECONDS))
        finish(item)

    performer.job = slow
    done = draining.run("messaging.Message", "messages")
    assert (done, performer.seen) == (1, ["0"])
    assert woken[-1] == ("messaging.Message", "messages")


@pytest.mark.django_db
def test_a_stopping_process_starts_nothing_new(
    performer: Performer, monkeypatch: pytest.MonkeyPatch, woken: Woken
) -> None:
    stopping = threading.Event()
    monkeypatch.setattr(draining, "stopping", stopping)
    organization = make_organization()
    for number in range(2):
        make_work(organization, str(number))

    def told_to_end(item: Message) -> None:
        stopping.set()
        finish(item)

    performer.job = told_to_end
    draining.run("messaging.Message", "messages")
    assert performer.seen == ["0"]


@pytest.mark.django_db(transaction=True)
def test_a_queue_never_uses_more_threads_than_its_own(performer: Performer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fourteen slow organizations leave the other queues their threads, and each row still gets done."""
    for number in range(14):
        make_work(make_organization(f"Slow {number}"), str(number))
    running, most, lock, all_busy = 0, 0, threading.Lock(), threading.Event()

    def slow(item: Message) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
            if running == MESSAGES.threads:
                all_busy.set()
        assert all_busy.wait(SECONDS)
        with lock:
            running -= 1
        finish(item)

    performer.job = slow
    for _ in range(20):
        draining.wake("messaging.Message", "messages")
    wait_for(lambda: len(performer.seen) == 14 and not running)
    assert most == MESSAGES.threads
