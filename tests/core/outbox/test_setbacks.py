"""What happens to an item that could not be done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import OperationalError, connection

from crosschq.core import clock
from crosschq.core.database import connections, rls
from crosschq.core.outbox import alarm, delays, work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.core.security import encryption
from crosschq.messaging.models import Message
from crosschq.tenancy.scope import tenant
from tests.core.jobs import Job, Performer, change, end_lease, finish, make_work, reread
from tests.factories import make_organization

pytestmark = pytest.mark.django_db
OUR_FAULT = "Something failed on our side. We've been notified and will try again."
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def raising(error: Exception) -> Job:
    def job(item: Message) -> None:
        raise error

    return job


def test_each_retry_waits_for_its_delay_and_the_last_one_gives_up(performer: Performer) -> None:
    performer.job = raising(work_item.Retry("The email server didn't respond."))
    with time_machine.travel(NOON, tick=False) as moved:
        item = make_work(make_organization())
        for delay in Message.retry_delays:
            work_item.drain(Message)
            waiting = reread(item)
            assert (waiting.state, waiting.reason) == (WorkState.PENDING, "The email server didn't respond.")
            assert waiting.available_at == clock.now() + timedelta(seconds=delay)
            moved.shift(delay)
        work_item.drain(Message)
        dead = reread(item)
        assert (dead.state, dead.attempts) == (WorkState.DEAD, len(Message.retry_delays) + 1)
        assert dead.finished_at == clock.now()
        assert work_item.claim(Message) is None


def test_an_impossible_item_is_dead_immediately_with_its_reason(performer: Performer) -> None:
    performer.job = raising(work_item.GiveUp("The email server rejected it."))
    item = make_work(make_organization())
    work_item.drain(Message)
    assert (reread(item).state, reread(item).reason, reread(item).attempts) == (
        WorkState.DEAD,
        "The email server rejected it.",
        1,
    )


def test_an_item_whose_effect_may_have_happened_waits_for_a_person(performer: Performer) -> None:
    performer.job = raising(work_item.OutcomeUnknown("It may be there already."))
    item = make_work(make_organization())
    work_item.drain(Message)
    assert reread(item).state == WorkState.UNKNOWN
    assert work_item.claim(Message) is None


def test_a_held_item_is_released_by_its_own_fix(performer: Performer) -> None:
    organization = make_organization()
    performer.job = raising(work_item.Hold("It needs a new sign-in.", held_for="connection:1"))
    item = make_work(organization)
    work_item.drain(Message)
    assert (reread(item).state, reread(item).held_for) == (WorkState.HELD, "connection:1")

    performer.job = finish
    with tenant(organization):
        assert work_item.release(held_for="connection:2") == 0
        assert work_item.release(held_for="connection:1") == 1
    freed = reread(item)
    assert (freed.state, freed.held_for, freed.attempts) == (WorkState.PENDING, "", 0)
    work_item.drain(Message)
    assert reread(item).state == WorkState.DONE


def test_a_release_frees_nothing_of_another_organization(performer: Performer) -> None:
    performer.job = raising(work_item.Hold("It needs a new sign-in.", held_for="connection:1"))
    item = make_work(make_organization())
    work_item.drain(Message)
    with tenant(make_organization("Another")):
        assert work_item.release(held_for="connection:1") == 0
    assert reread(item).state == WorkState.HELD


def test_an_unexpected_exception_is_reported_and_retried(performer: Performer) -> None:
    performer.job = raising(KeyError("secret"))
    item = make_work(make_organization())
    work_item.drain(Message)
    assert (reread(item).state, reread(item).reason) == (WorkState.PENDING, OUR_FAULT)


@pytest.fixture
def lost_connections(monkeypatch: pytest.MonkeyPatch, performer: Performer) -> None:
    """Each try breaks the database connection."""
    monkeypatch.setattr(connections, "is_lost", lambda error: isinstance(error, OperationalError))
    performer.job = raising(OperationalError("server closed the connection unexpectedly"))


@pytest.mark.parametrize("earlier", [0, 3])
@pytest.mark.usefixtures("lost_connections")
def test_an_item_whose_database_connection_broke_is_retried_within_seconds(earlier: int) -> None:
    """Its longer delays are for problems at its destination."""
    with time_machine.travel(NOON, tick=False):
        item = make_work(make_organization(), attempts=earlier, interruptions=earlier)
        work_item.drain(Message)
        waiting = reread(item)
        assert (waiting.state, waiting.reason) == (WorkState.PENDING, OUR_FAULT)
        assert waiting.available_at == clock.now() + timedelta(seconds=delays.OUR_SECONDS)


@pytest.mark.usefixtures("lost_connections")
def test_an_item_that_breaks_every_connection_waits_longer() -> None:
    with time_machine.travel(NOON, tick=False):
        item = make_work(make_organization(), attempts=delays.OUR_TRIES, interruptions=delays.OUR_TRIES)
        work_item.drain(Message)
        later = Message.retry_delays[delays.OUR_TRIES]
        assert reread(item).available_at == clock.now() + timedelta(seconds=later)


def test_refusals_wait_for_one_delay_after_the_other_whatever_crashed_between(performer: Performer) -> None:
    refusing = raising(work_item.Retry("The email server didn't respond."))
    with time_machine.travel(NOON, tick=False) as moved:
        item = make_work(make_organization())
        for delay in Message.retry_delays[:3]:
            work_item.claim(Message)  # and its worker dies
            end_lease(item)
            performer.job = refusing
            work_item.drain(Message)
            assert reread(item).available_at == clock.now() + timedelta(seconds=delay)
            moved.shift(timedelta(seconds=delay))
        assert (reread(item).attempts, reread(item).interruptions) == (6, 3)


@pytest.mark.usefixtures("lost_connections")
def test_a_database_that_fails_again_and_again_does_not_make_a_refusal_wait_longer(performer: Performer) -> None:
    with time_machine.travel(NOON, tick=False) as moved:
        item = make_work(make_organization())
        for _ in range(delays.OUR_TRIES):
            work_item.drain(Message)
            moved.shift(timedelta(seconds=delays.OUR_SECONDS))
        performer.job = raising(work_item.Retry("The email server didn't respond."))
        work_item.drain(Message)
        assert reread(item).available_at == clock.now() + timedelta(seconds=Message.retry_delays[0])


def test_an_item_that_a_person_tries_again_counts_from_the_beginning(performer: Performer) -> None:
    with time_machine.travel(NOON, tick=False):
        organization = make_organization()
        item = make_work(organization, state=WorkState.DEAD, attempts=12, interruptions=11)
        with tenant(organization):
            work_item.try_again(item)
        performer.job = raising(work_item.Retry("The email server didn't respond."))
        work_item.drain(Message)
        waiting = reread(item)
        assert (waiting.state, waiting.attempts, waiting.interruptions) == (WorkState.PENDING, 1, 0)


def test_a_statement_that_the_database_refuses_is_not_a_lost_connection(performer: Performer) -> None:
    def job(item: Message) -> None:
        assert item.organization
        with tenant(item.organization), connection.cursor() as sql:
            sql.execute("SET LOCAL statement_timeout = 1; SELECT pg_sleep(1)")

    performer.job = job
    with time_machine.travel(NOON, tick=False):
        item = make_work(make_organization())
        work_item.drain(Message)
        assert reread(item).available_at == clock.now() + timedelta(seconds=Message.retry_delays[0])


def test_an_unreadable_item_does_not_stop_the_others(performer: Performer) -> None:
    organization = make_organization()
    damaged = make_work(organization, "damaged", available_at=clock.now() - timedelta(hours=1))
    make_work(organization, "good")
    store(damaged, f"{encryption.primary_key_id()}.AAAA")
    work_item.drain(Message)
    assert performer.seen == ["good"]
    assert result_of(damaged) == (WorkState.PENDING, 1, OUR_FAULT)


def test_an_item_whose_key_is_missing_waits_for_it_and_never_dies(performer: Performer) -> None:
    """Longer than all delays of an item together. Once the key is back, it continues."""
    item = make_work(make_organization(), "waiting")
    with rls.scope(rls.ALL_TENANTS), connection.cursor() as sql:
        sql.execute("SELECT text FROM messaging_message WHERE id = %s", [item.pk])
        (sealed,) = sql.fetchone()
    store(item, f"gone.{sealed.partition('.')[2]}")
    with time_machine.travel(clock.now(), tick=False) as moved:
        for _ in range(len(Message.retry_delays) + 5):
            work_item.drain(Message)
            state, attempts, reason = result_of(item)
            assert (state, attempts) == (WorkState.PENDING, 0)
            assert reason.startswith("An encryption key is missing")
            moved.shift(work_item.KEY_WAIT)
        assert performer.seen == []
        store(item, sealed)
        work_item.drain(Message)
    assert performer.seen == ["waiting"]


def store(item: Message, text: str) -> None:
    """Replace the item's ciphertext with this one."""
    with rls.scope(rls.ALL_TENANTS), connection.cursor() as sql:
        sql.execute("UPDATE messaging_message SET text = %s WHERE id = %s", [text, item.pk])


def result_of(item: Message) -> tuple[str, int, str]:
    with rls.scope(rls.ALL_TENANTS):
        row = Message._base_manager.defer("text").get(pk=item.pk)
    return row.state, row.attempts, row.reason


def test_an_item_that_crashes_the_process_each_time_is_set_aside(performer: Performer) -> None:
    item = make_work(make_organization())
    for _ in range(len(Message.retry_delays) + 1):
        assert work_item.claim(Message) is not None  # and the process dies here
        end_lease(item)
    work_item.drain(Message)
    assert performer.seen == []
    assert reread(item).state == WorkState.DEAD
    assert reread(item).reason == "Our software crashed on this 11 times, so we set it aside."


@pytest.mark.parametrize("state", [WorkState.DEAD, WorkState.HELD, WorkState.UNKNOWN, WorkState.PENDING])
def test_a_manual_retry_starts_from_the_first_attempt(performer: Performer, state: str) -> None:
    organization = make_organization()
    item = make_work(organization, state=state, attempts=9, available_at=clock.now() + timedelta(days=1))
    with tenant(organization):
        assert work_item.try_again(item)
    work_item.drain(Message)
    assert (reread(item).state, reread(item).attempts) == (WorkState.DONE, 1)


@pytest.mark.parametrize("state", [WorkState.DONE, WorkState.CANCELLED, WorkState.WORKING])
def test_finished_and_running_items_cannot_be_retried(state: str) -> None:
    organization = make_organization()
    item = make_work(organization, state=state)
    with tenant(organization):
        assert not work_item.try_again(item)
    assert reread(item).state == state


def test_another_organizations_item_cannot_be_retried() -> None:
    item = make_work(make_organization(), state=WorkState.DEAD)
    with tenant(make_organization("Another")):
        assert not work_item.try_again(item)


def test_the_age_of_the_queue_is_the_age_of_its_oldest_due_item() -> None:
    assert alarm.due_since(Message) is None
    organization = make_organization()
    oldest = clock.now() - timedelta(minutes=5)
    make_work(organization, available_at=oldest)
    make_work(organization)
    change(make_work(organization, available_at=oldest - timedelta(days=1)), state=WorkState.DEAD)
    assert alarm.due_since(Message) == oldest


def test_an_unknown_kind_of_work_is_named_in_the_error() -> None:
    with pytest.raises(LookupError, match=r"messaging\.Message"):
        work_item.kind("messaging.Nothing")


def too_long(*_: object) -> dict[str, str]:
    return {"to_name": "N" * 261}


def too_deep(*_: object) -> dict[str, str]:
    raise RecursionError


def incomplete(*_: object) -> dict[str, str]:
    raise KeyError("a value that the sentence names")


@pytest.mark.parametrize("details", [too_long, too_deep, incomplete])
def test_a_setback_that_cannot_be_stored_is_stored_without_the_items_details(
    performer: Performer, monkeypatch: pytest.MonkeyPatch, details: Callable[..., dict[str, str]]
) -> None:
    """For example, a name longer than its column: the item is retried, and so are the others."""
    organization = make_organization()
    poison = make_work(organization, "poison", available_at=clock.now() - timedelta(hours=1))
    make_work(organization, "good")
    monkeypatch.setattr(Message, "fields_at_setback", details)

    def job(item: Message) -> None:
        if item.subject == "poison":
            raise work_item.Retry("The email server didn't respond.")
        finish(item)

    performer.job = job
    work_item.drain(Message)
    assert performer.seen == ["poison", "good"]
    assert (reread(poison).state, reread(poison).reason) == (WorkState.PENDING, "The email server didn't respond.")
