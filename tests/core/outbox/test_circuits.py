"""A failing destination is paused and delays only its own work."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from connectors.models import Connection, Writeback
from crosschq.core import clock
from crosschq.core.models import Circuit
from crosschq.core.outbox import circuits, destinations, work_item
from crosschq.core.outbox.queues import MESSAGES, TEXT_MESSAGES, URGENT, VENDOR
from crosschq.messaging.models import Message
from crosschq.tenancy.scope import cross_tenant, tenant
from tests.core.jobs import Performer, finish, make_work
from tests.factories import make_connection, make_organization

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_failure_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(destinations, "_failing", set())


def make_note(connection: Connection) -> Writeback:
    with tenant(connection.organization):
        note: Writeback = Writeback.objects.create(
            organization=connection.organization,
            connection=connection,
            candidate_id="c",
            text="t",
            mark="m",
            about_kind="request",
            about_uid=uuid.uuid4(),
        )
        return note


def away(_item: object) -> None:
    raise work_item.DestinationUnavailable("SmartRecruiters is down.")


def end_pauses() -> None:
    """Let the pause end."""
    Circuit.objects.update(open_until=clock.now() - timedelta(seconds=1))


@pytest.fixture
def down(performer: Performer) -> Connection:
    """A connection whose ATS failed to respond three times, with one more note to write."""
    connection = make_connection(make_organization())
    for _ in range(circuits.FAILURES + 1):
        make_note(connection)
    performer.job = away
    work_item.drain(Writeback, most=circuits.FAILURES)
    return connection


def test_failures_of_earlier_claims_among_successes_pause_nothing(performer: Performer) -> None:
    """Three of many calls in flight fail, because a working ATS refuses a call now and then."""
    connection = make_connection(make_organization())
    for _ in range(6):
        make_note(connection)
    claimed = [work_item.claim(Writeback) for _ in range(4)]
    for item, fails in zip(claimed, (True, True, False, True), strict=True):
        assert item is not None
        performer.job = away if fails else finish
        work_item.attempt(item)
    assert not Circuit.objects.filter(failures__gte=circuits.FAILURES).exists()
    assert work_item.claim(Writeback) is not None


def test_after_three_failures_nothing_is_sent_to_that_connection(down: Connection, performer: Performer) -> None:
    assert work_item.claim(Writeback) is None
    assert not work_item.is_any_due(Writeback, VENDOR)


def test_another_connection_continues_meanwhile(down: Connection) -> None:
    other = make_note(make_connection(make_organization("Another")))
    claimed = work_item.claim(Writeback)
    assert claimed is not None
    assert claimed.pk == other.pk


def test_after_the_pause_one_item_at_a_time_is_tried(down: Connection) -> None:
    make_note(down)
    end_pauses()
    assert work_item.claim(Writeback) is not None
    assert work_item.claim(Writeback) is None


def test_each_failure_after_the_pause_doubles_it(down: Connection) -> None:
    pauses = []
    for _ in range(4):
        end_pauses()
        assert circuits.count_failure(f"connection:{down.pk}")
        circuit = Circuit.objects.get()
        assert circuit.open_until is not None
        pauses.append(round((circuit.open_until - circuit.changed_at).total_seconds()))
    assert pauses == [30, 60, 120, 240]
    assert circuits.count_failure(f"connection:{down.pk}")
    circuit = Circuit.objects.get()
    assert circuit.open_until is not None
    assert (circuit.open_until - circuit.changed_at).total_seconds() == circuits.LONGEST_PAUSE_SECONDS


def test_one_success_closes_the_circuit(down: Connection, performer: Performer) -> None:
    end_pauses()
    performer.job = type(performer)().job
    work_item.drain(Writeback, most=1)
    assert not Circuit.objects.exists()


def test_a_manual_retry_does_not_wait_for_the_pause(down: Connection) -> None:
    note = make_note(down)
    with tenant(down.organization):
        assert work_item.try_again(note)
    assert work_item.claim(Writeback) is not None


def test_a_failure_of_the_item_itself_opens_no_circuit(performer: Performer) -> None:
    connection = make_connection(make_organization())
    for _ in range(circuits.FAILURES + 1):
        make_note(connection)

    def refused(_item: object) -> None:
        raise work_item.Retry("It is busy.")

    performer.job = refused
    assert work_item.drain(Writeback) == circuits.FAILURES + 1


def test_failing_emails_do_not_pause_sign_in_codes(performer: Performer) -> None:
    acme = make_organization()
    for _ in range(circuits.FAILURES):
        make_work(acme)
    performer.job = away
    work_item.drain(Message)
    assert work_item.claim(Message) is None
    send_code()
    assert work_item.claim(Message, URGENT) is not None


def test_a_pause_set_by_a_wrong_clock_delays_nothing(down: Connection) -> None:
    """A worker whose clock was a day ahead opened the circuit."""
    Circuit.objects.update(open_until=clock.now() + timedelta(days=1))
    assert work_item.claim(Writeback) is not None


def send_code() -> None:
    with cross_tenant("a sign-in email"):
        Message.objects.create(organization=None, queue="urgent", kind="code", to_email="a@b.example", text="x")


def test_a_mail_server_outage_does_not_delay_text_messages(performer: Performer) -> None:
    organization = make_organization()
    for _ in range(circuits.FAILURES + 1):
        make_work(organization)
    performer.job = away
    work_item.drain(Message, most=circuits.FAILURES)
    make_work(organization, queue=TEXT_MESSAGES.name)
    assert work_item.claim(Message, MESSAGES) is None
    assert work_item.claim(Message, TEXT_MESSAGES) is not None


def test_a_slow_connection_gets_few_threads_until_it_recovers(
    performer: Performer, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = make_connection(make_organization())
    for _ in range(10):
        make_note(connection)
    monkeypatch.setattr(circuits, "SLOW_SECONDS", -1)
    work_item.drain(Writeback, most=1)
    assert work_item.claim(Writeback) is not None
    second = work_item.claim(Writeback)
    assert second is not None
    assert work_item.claim(Writeback) is None
    monkeypatch.setattr(circuits, "SLOW_SECONDS", 5)
    work_item.attempt(second)
    assert [work_item.claim(Writeback) is not None for _ in range(4)] == [True, True, True, False]
