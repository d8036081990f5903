"""Any number of processes may drain one table."""

from __future__ import annotations

import threading
import time
from collections import Counter

import pytest
from django.db import connection

from crosschq.core import work
from crosschq.core.work import State
from crosschq.messaging.models import Message
from crosschq.organizations.tenancy import cross_tenant
from tests.core.jobs import Performer, finish, make_work
from tests.factories import make_organization


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
def test_an_item_whose_lease_ended_while_it_was_performed_is_stored_once(performer: Performer) -> None:
    """Two workers do the same thing at once; the effects of one of them stay."""
    organization = make_organization()
    make_work(organization, "slow")
    first_is_in, second_is_done = threading.Event(), threading.Event()

    def job(item: Message) -> None:
        if item.attempts == 1:
            first_is_in.set()
            assert second_is_done.wait(10)
        finish_with_effect(item)

    def finish_with_effect(item: Message) -> None:
        from crosschq.organizations.tenancy import tenant

        with tenant(organization):
            make_effect()
            work.finish(item)
