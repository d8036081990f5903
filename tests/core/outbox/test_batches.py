"""Rows that are claimed several at a time: which, how many, and what becomes of those that no thread begins."""

from __future__ import annotations

import time
import uuid
from dataclasses import replace

import pytest
from django_scopes import scopes_disabled

from crosschq.core.database import rls
from crosschq.core.outbox import batches, claims, draining, liveness, work_item
from crosschq.core.outbox.queues import MESSAGES, Queue
from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import Message
from tests.core.jobs import Performer, change, end_lease, finish, make_work, reread
from tests.factories import make_organization

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def several(monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages are claimed up to five at a time, and one thread performs them."""
    monkeypatch.setattr(Message, "batch", 5)
    monkeypatch.setattr(draining, "_shares", {})
    monkeypatch.setattr(draining, "wake", lambda *_: None)


def claimed(most: int, *, lost: bool = False) -> list[str]:
    return [item.trace_id for item in work_item.claim_several(Message, MESSAGES, most=most, lost=lost)]


def test_one_claim_leases_the_oldest_rows_of_several_organizations() -> None:
    first, second = make_organization("First"), make_organization("Second")
    for number in range(3):
        make_work(first, trace_id=f"first {number}")
        make_work(second, trace_id=f"second {number}")
    found = claimed(4)
    assert sorted(found) == ["first 0", "first 1", "first 2", "second 0"]
    assert sorted(claimed(4)) == ["second 1", "second 2"]


def test_a_claim_takes_no_more_of_one_organization_than_its_limit() -> None:
    """The limit allows one batch in addition to the rows that are running."""
    organization = make_organization()
    for number in range(15):
        make_work(organization, trace_id=str(number))
    assert [len(claimed(5)) for _ in range(4)] == [5, 5, 3, 0]
    assert Message.batch + 2 * MESSAGES.per_key == 5 + 5 + 3


def test_a_larger_claim_takes_as_many_more_of_one_organization() -> None:
    organization = make_organization()
    for number in range(30):
        make_work(organization, trace_id=str(number))
    most, queue = Message.batch * draining.FAST_BATCHES, replace(MESSAGES, in_flight=0)
    found = [len(work_item.claim_several(Message, queue, most=most, lost=False)) for _ in range(3)]
    assert found == [most, 2 * MESSAGES.per_key, 0]


def test_all_claimed_rows_are_performed_with_one_claim(performer: Performer, monkeypatch: pytest.MonkeyPatch) -> None:
    organization, asked = make_organization(), []
    claim = work_item.claim_several

    def counted(model: type[Message], queue: Queue, *, most: int, lost: bool) -> list[Message]:
        asked.append(most)
        return claim(model, queue, most=most, lost=lost)

    monkeypatch.setattr(work_item, "claim_several", counted)
    for number in range(5):
        make_work(organization, str(number))
    assert draining.run("messaging.Message", "messages") == 5
    assert performer.seen == ["0", "1", "2", "3", "4"]
    assert asked == [5, 5 * draining.FAST_BATCHES]


def test_rows_are_claimed_one_by_one_while_they_are_slow(performer: Performer, monkeypatch: pytest.MonkeyPatch) -> None:
    organization = make_organization()
    for number in range(3):
        make_work(organization, str(number))
    share = draining._share("messaging.Message", "messages")
    monkeypatch.setattr(share, "_seconds", draining.QUICK_SECONDS * 2)
    assert share.next(lost=False) is not None
    assert not share.has_claimed


def test_a_process_that_performed_no_row_yet_claims_one_batch(performer: Performer) -> None:
    """Nothing shows yet that they are fast, and what it claims waits for its threads."""
    organization = make_organization()
    for number in range(8):
        make_work(organization, str(number))
    share = draining._share("messaging.Message", "messages")
    assert share.next(lost=False) is not None
    with rls.scope(rls.ALL_TENANTS), scopes_disabled():
        assert Message.objects.filter(state=WorkState.WORKING).count() == Message.batch


def test_a_row_that_waits_long_for_a_thread_is_given_back_without_an_attempt(performer: Performer) -> None:
    organization = make_organization()
    items = [make_work(organization, str(number)) for number in range(2)]
    share = draining._share("messaging.Message", "messages")
    assert share.next(lost=False) is not None
    share.give_back(before=time.monotonic() - 1)
    assert share.has_claimed
    share.give_back(before=time.monotonic() + 1)
    running, waiting = reread(items[0]), reread(items[1])
    assert (running.state, running.attempts) == (WorkState.WORKING, 1)
    assert (waiting.state, waiting.attempts) == (WorkState.PENDING, 0)
    assert not share.has_claimed


def test_a_row_that_another_worker_has_by_now_is_not_given_back() -> None:
    item = make_work(make_organization())
    (first,) = work_item.claim_several(Message, MESSAGES, most=5)
    end_lease(item)
    (second,) = work_item.claim_several(Message, MESSAGES, most=5)
    batches.give_back([first])
    assert (reread(item).state, reread(item).lease_token) == (WorkState.WORKING, second.lease_token)


def test_a_row_that_lost_several_workers_is_claimed_alone() -> None:
    """It may be what kills them, and the others would be tried as often."""
    items = _lost(4)
    change(items[0], interruptions=claims.SUSPECT - 1)
    assert claimed(4, lost=True) == ["1", "2", "3"]
    assert claimed(4, lost=True) == ["0"]


def test_a_lost_row_that_was_only_refused_before_is_claimed_with_the_others() -> None:
    items = _lost(4)
    change(items[0], attempts=claims.SUSPECT + 1)
    assert claimed(4, lost=True) == ["0", "1", "2", "3"]


def _lost(count: int) -> list[Message]:
    organization = make_organization()
    items = [make_work(organization, trace_id=str(number)) for number in range(count)]
    claimed(count)
    for item in items:
        end_lease(item)
    return items


def test_the_limit_counts_only_this_workers_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    organization = make_organization()
    for number in range(7):
        make_work(organization, trace_id=str(number))
    monkeypatch.setattr(liveness, "worker", uuid.uuid4())
    assert claimed(5) == ["0", "1", "2", "3", "4"]
    monkeypatch.setattr(liveness, "worker", uuid.uuid4())
    assert claimed(5) == ["5", "6"]


def test_an_item_that_cannot_be_stored_leaves_the_others_to_the_next_thread(
    performer: Performer, monkeypatch: pytest.MonkeyPatch
) -> None:
    organization = make_organization()
    for number in range(3):
        make_work(organization, str(number))

    def broken(_item: Message) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as away:
        away.setattr(work_item, "attempt", broken)
        with pytest.raises(ZeroDivisionError):
            draining.run("messaging.Message", "messages")
    performer.job = finish
    assert draining._share("messaging.Message", "messages").has_claimed
    assert draining.run("messaging.Message", "messages") == 2
    assert performer.seen == ["1", "2"]
