"""Any number of processes may drain one table."""

from __future__ import annotations

import threading
import time
import uuid
from collections import Counter

import pytest
from django.db import connection

from connectors.models import Writeback
from crosschq.core import work
from crosschq.core.work import State
from crosschq.messaging.models import Message
from crosschq.organizations.tenancy import cross_tenant, tenant
from tests.core.jobs import Performer, end_lease, finish, make_work, reread
from tests.factories import make_connection, make_organization


@pytest.mark.django_db(transaction=True)
def test_four_drainers_at_once_perform_each_item_once(performer: Performer) -> None:
    for organization in (make_organization(), make_organization(), make_organization()):
        for number in range(20):
            make_work(organization, f"{organization.slug} {number}")

    def job(item: Message) -> None:
        time.sleep(0.005)  # network, during which the others claim
        finish(item)

    def drain() -> None:
        try:
            counts.append(work.drain(Message))
        finally:
            connection.close()

    performer.job = job
    counts: list[int] = []
    drainers = [threading.Thread(target=drain) for _ in range(4)]
    for drainer in drainers:
        drainer.start()
    for drainer in drainers:
        drainer.join()

    assert sum(counts) == 60
    assert len([count for count in counts if count]) > 1
    assert set(Counter(performer.seen).values()) == {1}
    with cross_tenant("a test counts rows"):
        assert Message.objects.filter(state=State.DONE, attempts=1).count() == 60


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_on_one_item_only_the_one_with_the_lease_has_effects(performer: Performer) -> None:
    """The first is so slow that its lease ends; the second takes over and is done before the first comes back."""
    organization = make_organization()
    item = make_work(organization, "item")
    slow_is_in, second_is_done = threading.Event(), threading.Event()

    def job(working: Message) -> None:
        if working.attempts == 1:
            slow_is_in.set()
            assert second_is_done.wait(20)
        with tenant(organization):
            make_work(organization, f"effect of attempt {working.attempts}", state=State.DONE)
            work.finish(working)

    def slow_worker() -> None:
        try:
            work.drain(Message, most=1)
        finally:
            connection.close()

    performer.job = job
    slow = threading.Thread(target=slow_worker)
    slow.start()
    assert slow_is_in.wait(20)
    end_lease(item)
    work.drain(Message, most=1)
    second_is_done.set()
    slow.join()

    with tenant(organization):
        effects = Message.objects.filter(subject__startswith="effect").values_list("subject", flat=True)
        assert list(effects) == ["effect of attempt 2"]
    assert reread(item).state == State.DONE


@pytest.mark.django_db
def test_a_storm_in_one_table_does_not_hold_up_the_others(performer: Performer) -> None:
    """Takes turns between tables: the mail goes out before the last of many notes is tried."""
    organization = make_organization()
    connected = make_connection(organization)
    with tenant(organization):
        for _ in range(work.TURN_ITEMS + 5):
            Writeback.objects.create(
                organization=organization,
                connection=connected,
                candidate_id="c",
                text="t",
                mark="m",
                about_kind="request",
                about_uid=uuid.uuid4(),
            )
    make_work(organization, "mail")
    waiting_notes: list[int] = []

    def job(item: Message | Writeback) -> None:
        if isinstance(item, Message):
            with cross_tenant("a test counts rows"):
                waiting_notes.append(Writeback.objects.filter(state=State.PENDING).count())
        finish(item)

    performer.job = job
    assert work.drain_in_turns(first="connectors.Writeback", seconds=60)
    assert waiting_notes == [5]
    with tenant(organization):
        assert Writeback.objects.filter(state=State.DONE).count() == work.TURN_ITEMS + 5


@pytest.mark.django_db
def test_draining_ends_with_its_time_and_says_that_more_is_due(performer: Performer) -> None:
    organization = make_organization()
    for number in range(3):
        make_work(organization, str(number))

    def job(item: Message) -> None:
        time.sleep(0.15)
        finish(item)

    performer.job = job
    assert not work.drain_in_turns(seconds=0.1)
    assert len(performer.seen) == 1
    assert work.drain_in_turns(seconds=60)
    assert len(performer.seen) == 3
