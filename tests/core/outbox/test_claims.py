"""Who claims which item, and what a lease protects."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import OperationalError, connection

from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import Message
from crosschq.tenancy.scope import cross_tenant, tenant
from tests.core.jobs import Performer, end_lease, make_work, reread
from tests.factories import make_organization

pytestmark = pytest.mark.django_db


def claim() -> Message:
    item = work_item.claim(Message)
    assert item is not None
    return item


def test_a_claimed_item_is_leased_and_its_attempt_counted_immediately() -> None:
    made = make_work(make_organization())
    claimed = claim()
    assert claimed.pk == made.pk
    stored = reread(made)
    assert (stored.state, stored.attempts) == (WorkState.WORKING, 1)
    assert stored.lease_token == claimed.lease_token
    assert stored.lease_until is not None


def test_a_leased_item_cannot_be_claimed_until_its_lease_ends() -> None:
    made = make_work(make_organization())
    first = claim()
    assert work_item.claim(Message) is None
    end_lease(made)
    second = claim()
    assert second.pk == first.pk
    assert second.attempts == 2
    assert second.lease_token != first.lease_token


@pytest.mark.django_db(transaction=True)
def test_a_claim_whose_commit_was_not_answered_does_not_wait_for_its_lease_to_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made, committed = make_work(make_organization()), connection.commit

    def commit() -> None:
        committed()
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(connection, "commit", commit)
    with pytest.raises(OperationalError):
        work_item.claim(Message)
    monkeypatch.undo()
    assert work_item.claim(Message) is None
    work_item.release_abandoned()  # as with each heartbeat
    assert claim().pk == made.pk


def test_one_claim_leases_one_item() -> None:
    for organization in (make_organization(), make_organization()):
        for _ in range(3):
            make_work(organization)
    claim()
    with cross_tenant("a test counts rows"):
        assert Message.objects.filter(state=WorkState.WORKING).count() == 1


def test_an_item_due_later_waits() -> None:
    make_work(make_organization(), available_at=clock.now() + timedelta(minutes=1))
    assert work_item.claim(Message) is None


def test_the_oldest_item_of_an_organization_goes_first() -> None:
    organization = make_organization()
    make_work(organization, "second", available_at=clock.now() - timedelta(minutes=1))
    first = make_work(organization, "first", available_at=clock.now() - timedelta(minutes=2))
    assert claim().pk == first.pk


def test_each_kind_has_its_own_lease_length(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Message, "lease_seconds", 1000)
    make_work(make_organization())
    lease_until = reread(claim()).lease_until
    assert lease_until is not None
    assert timedelta(seconds=900) < lease_until - clock.now() < timedelta(seconds=1100)


def test_a_busy_organization_does_not_starve_another(performer: Performer) -> None:
    busy, quiet = make_organization("Busy"), make_organization("Quiet")
    for _ in range(60):
        make_work(busy, "busy", available_at=clock.now() - timedelta(hours=1))
    make_work(quiet, "quiet")
    work_item.drain(Message, most=30)
    # Each draw is random: missing it in 30 draws has a chance of 1 in 2**30.
    assert "quiet" in performer.seen


def test_an_item_without_an_organization_is_claimed_too() -> None:
    with cross_tenant("sign-in emails"):
        Message.objects.create(organization=None, kind="test", to_email="a@example.com", subject="code", text="x")
    assert reread(claim()).subject == "code"


def test_a_worker_that_lost_its_lease_rolls_back_its_effects(performer: Performer) -> None:
    organization = make_organization()
    item = make_work(organization)

    def slow(working: Message) -> None:
        end_lease(working)
        claim()  # another worker, which thinks that this one died
        with tenant(organization):
            make_work(organization, "an effect")
            work_item.finish(working)

    performer.job = slow
    work_item.drain(Message, most=1)
    stored = reread(item)
    assert (stored.state, stored.attempts) == (WorkState.WORKING, 2)
    with tenant(organization):
        assert not Message.objects.filter(subject="an effect").exists()


def test_a_setback_after_a_lost_lease_changes_nothing(performer: Performer) -> None:
    item = make_work(make_organization())

    def slow(working: Message) -> None:
        end_lease(working)
        claim()
        raise work_item.GiveUp("too late")

    performer.job = slow
    work_item.drain(Message, most=1)
    assert (reread(item).state, reread(item).reason) == (WorkState.WORKING, "")


def test_a_lease_lost_before_the_work_started_stays_lost(performer: Performer) -> None:
    """Reading the item again must not pick up the new owner's token."""
    item = make_work(make_organization())
    slow = claim()
    end_lease(item)
    quick = claim()
    work_item.attempt(slow)
    assert (reread(item).state, reread(item).lease_token) == (WorkState.WORKING, quick.lease_token)
    work_item.attempt(quick)
    assert reread(item).state == WorkState.DONE


def test_an_item_is_finished_once() -> None:
    organization = make_organization()
    make_work(organization)
    item = claim()
    with tenant(organization):
        work_item.finish(item)
    with pytest.raises(work_item.LeaseLost), tenant(organization):
        work_item.finish(item)
