"""Any number of processes can drain one table."""

from __future__ import annotations

import threading
from collections import Counter

import pytest
from django.db import connection

from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import Message
from crosschq.tenancy.scope import cross_tenant, tenant
from tests.core.jobs import Performer, end_lease, finish, make_work, reread
from tests.factories import make_organization
from tests.patience import SECONDS


@pytest.mark.django_db(transaction=True)
def test_four_concurrent_drainers_perform_each_item_once(performer: Performer) -> None:
    for organization in (make_organization(), make_organization(), make_organization()):
        for number in range(20):
            make_work(organization, f"{organization.slug} {number}")

    drainers_at_work: set[int] = set()
    several = threading.Event()

    def job(item: Message) -> None:
        drainers_at_work.add(threading.get_ident())
        if len(drainers_at_work) > 1:
            several.set()
        assert several.wait(SECONDS)  # during this network call the others claim
        finish(item)

    def drain() -> None:
        """A claim may find nothing while another one looks at the same rows."""
        count = 0
        try:
            while len(performer.seen) < 60:
                count += work_item.drain(Message)
            counts.append(count)
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
        assert Message.objects.filter(state=WorkState.DONE, attempts=1).count() == 60


@pytest.mark.django_db(transaction=True)
def test_only_the_worker_with_the_lease_has_effects(performer: Performer) -> None:
    """The first is so slow that its lease ends. The second takes over and finishes before the first returns."""
    organization = make_organization()
    item = make_work(organization, "item")
    slow_is_in, second_is_done = threading.Event(), threading.Event()

    def job(working: Message) -> None:
        if working.attempts == 1:
            slow_is_in.set()
            assert second_is_done.wait(SECONDS)
        with tenant(organization):
            make_work(organization, f"effect of attempt {working.attempts}", state=WorkState.DONE)
            work_item.finish(working)

    def slow_worker() -> None:
        try:
            work_item.drain(Message, most=1)
        finally:
            connection.close()

    performer.job = job
    slow = threading.Thread(target=slow_worker)
    slow.start()
    assert slow_is_in.wait(SECONDS)
    end_lease(item)
    work_item.drain(Message, most=1)
    second_is_done.set()
    slow.join()

    with tenant(organization):
        effects = Message.objects.filter(subject__startswith="effect").values_list("subject", flat=True)
        assert list(effects) == ["effect of attempt 2"]
    assert reread(item).state == WorkState.DONE
