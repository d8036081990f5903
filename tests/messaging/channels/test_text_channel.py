"""Text messages go through the carrier: once, in small numbers, and only to allowed numbers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from pytest_django import Settings

from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import HANDOVER_STARTED, DeliveryStatus, Message
from crosschq.messaging.sending import caps
from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import tenant
from tests.core.jobs import end_lease
from tests.factories import make_organization
from tests.messaging.inbox import Inbox
from tests.messaging.rows import change, deliver, reread, write
from tests.messaging.text_gateway import MAYA, MONDAY_NOON, NUMBER, SEND, run_text_gateway, use_text_gateway, write_text
from tests.sandbox.running import Running

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _at_noon() -> Iterator[None]:
    with time_machine.travel(MONDAY_NOON):
        yield


@pytest.fixture
def gateway(settings: Settings) -> Iterator[Running]:
    with run_text_gateway(settings) as running:
        yield running


def test_a_text_arrives_and_its_content_is_deleted(gateway: Running, acme: Organization) -> None:
    message = deliver(write_text(acme))
    (text,) = gateway.read("texts")
    assert (text["from"], text["to"], text["text"]) == (NUMBER, MAYA, "Acme GmbH: hello")
    assert text["callback_url"] == f"http://localhost:8000/hooks/texts/status/{message.uid}"
    assert (message.state, message.text, message.provider_id) == (WorkState.DONE, "", text["sid"])


def test_emails_and_texts_are_sent_independently(gateway: Running, inbox: Inbox, acme: Organization) -> None:
    write(acme)
    assert deliver(write_text(acme)).state == WorkState.DONE
    assert len(inbox.emails) == len(gateway.read("texts")) == 1


@pytest.mark.parametrize(
    ("kind", "when", "state", "arrived"),
    [
        ("status", "before", WorkState.PENDING, 0),  # 503: not accepted
        ("reset", "after", WorkState.UNKNOWN, 1),
        ("truncated", "after", WorkState.UNKNOWN, 1),
        ("not_json", "before", WorkState.UNKNOWN, 0),
    ],
)
def test_a_text_is_retried_only_if_it_definitely_was_not_sent(
    gateway: Running, acme: Organization, kind: str, when: str, state: WorkState, arrived: int
) -> None:
    gateway.act("faults", route=SEND, kind=kind, when=when)
    message = deliver(write_text(acme))
    assert (message.state, bool(message.text)) == (state, state == WorkState.PENDING)
    assert len(gateway.read("texts")) == arrived


def test_a_text_in_transit_when_its_worker_died_is_not_sent_again(gateway: Running, acme: Organization) -> None:
    message = write_text(acme)
    change(message, state=WorkState.WORKING, provider_id=HANDOVER_STARTED)
    end_lease(message)
    message = deliver(message)
    assert (message.state, message.status_text, gateway.read("texts")) == (WorkState.UNKNOWN, "May have been sent", [])


def test_a_text_that_was_not_accepted_is_sent_in_the_next_attempt(gateway: Running, acme: Organization) -> None:
    gateway.act("faults", route=SEND, kind="status")
    message = write_text(acme)
    assert deliver(message).state == WorkState.PENDING
    change(message, available_at=clock.now())
    assert deliver(message).state == WorkState.DONE
    assert len(gateway.read("texts")) == 1


def test_a_text_due_at_night_waits_for_the_morning(gateway: Running, acme: Organization) -> None:
    message = write_text(acme, to="+491701234567", quiet_zone="Europe/Berlin")
    with time_machine.travel(MONDAY_NOON + timedelta(hours=6)):
        message = deliver(message)
        assert (message.state, message.available_at) == (WorkState.PENDING, datetime(2026, 11, 24, 7, tzinfo=UTC))
        assert message.status_text == "Waiting: It will go out in the morning, in the recipient's time zone."
    with time_machine.travel(MONDAY_NOON + timedelta(hours=14, minutes=1)):
        assert deliver(message).state == WorkState.DONE


def test_a_callback_settles_a_text_whose_worker_died(gateway: Running, acme: Organization) -> None:
    message = write_text(acme)
    change(message, state=WorkState.WORKING, provider_id=HANDOVER_STARTED, delivery=DeliveryStatus.DELIVERED)
    end_lease(message)
    message = deliver(message)
    assert (message.state, message.status_text, message.text) == (WorkState.DONE, "Delivered", "")
    assert gateway.read("texts") == []


def test_a_carrier_outage_is_retried(gateway: Running, acme: Organization, settings: Settings) -> None:
    use_text_gateway(settings, "http://localhost:9")
    message = deliver(write_text(acme))
    assert (message.state, message.reason) == (WorkState.PENDING, "The text message provider didn't respond.")


@pytest.mark.parametrize(
    ("to", "said"),
    [
        ("+12025550001", "can't receive text messages"),
        ("+19005550143", "mobile phone"),
        ("+79123456789", "this country"),
        ("nonsense", "Enter only digits"),
    ],
)
def test_a_text_to_an_unreachable_number_is_given_up(gateway: Running, acme: Organization, to: str, said: str) -> None:
    message = deliver(write_text(acme, to=to))
    assert (message.state, gateway.read("texts")) == (WorkState.DEAD, [])
    assert said in message.reason


def test_without_a_carrier_no_texts_are_sent(acme: Organization, settings: Settings) -> None:
    settings.TEXT_MESSAGES = {**settings.TEXT_MESSAGES, "account": ""}
    assert deliver(write_text(acme)).reason == "Text messages aren't set up."


def test_a_number_that_opted_out_with_the_carrier_is_opted_out_here_too(gateway: Running, acme: Organization) -> None:
    gateway.act("texts/receive", **{"from": MAYA, "text": "STOP"})
    assert deliver(write_text(acme)).state == WorkState.DEAD
    # The second one isn't even tried, and neither is one of another organization.
    second = deliver(write_text(make_organization("Other")))
    assert (second.state, second.reason) == (WorkState.CANCELLED, "They replied STOP to a text message.")
    assert len(gateway.read("requests")) == 1


def test_a_number_gets_at_most_three_texts_a_day(gateway: Running, acme: Organization) -> None:
    states = [deliver(write_text(acme)).state for _ in range(caps.TEXTS_TO_ONE_NUMBER + 1)]
    assert states == [WorkState.DONE] * 3 + [WorkState.DEAD]
    with_day_over(acme)
    assert deliver(write_text(acme)).state == WorkState.DONE


def test_each_organization_and_all_together_have_a_cap(
    gateway: Running, acme: Organization, settings: Settings
) -> None:
    settings.TEXT_MESSAGES = {**settings.TEXT_MESSAGES, "most_of_one_organization": 1, "most_a_day": 2}
    other, third = make_organization("Other"), make_organization("Third")
    assert deliver(write_text(acme)).state == WorkState.DONE
    refused = deliver(write_text(acme, to="+12025550144"))
    assert (refused.state, "Your organization" in refused.reason) == (WorkState.DEAD, True)
    assert deliver(write_text(other, to="+12025550145")).state == WorkState.DONE
    refused = deliver(write_text(third, to="+12025550146"))
    assert (refused.state, "More text messages than usual" in refused.reason) == (WorkState.DEAD, True)


def test_consecutive_numbers_have_a_cap(gateway: Running, acme: Organization) -> None:
    numbers = [f"+1202555{number:04}" for number in range(100, 100 + caps.TEXTS_TO_ONE_PREFIX + 1)]
    states = [deliver(write_text(acme, to=number)).state for number in numbers]
    assert states == [WorkState.DONE] * caps.TEXTS_TO_ONE_PREFIX + [WorkState.DEAD]
    assert deliver(write_text(acme, to="+14155550143")).state == WorkState.DONE


def test_texts_that_other_workers_are_sending_now_count(gateway: Running, acme: Organization) -> None:
    """Otherwise as many as there are threads could pass a cap at the same moment."""
    senders = [acme, *(make_organization(f"Company {number}") for number in range(caps.TEXTS_TO_ONE_NUMBER))]
    texts = {write_text(each).pk for each in senders}
    claimed = [each for _text in texts if (each := work_item.claim(Message))]
    assert {each.pk for each in claimed} == texts
    work_item.attempt(claimed[0])
    assert (reread(claimed[0]).state, gateway.read("texts")) == (WorkState.DEAD, [])


def test_texts_collected_over_a_weekend_are_capped_on_the_day_they_are_sent(
    gateway: Running, acme: Organization
) -> None:
    with time_machine.travel(MONDAY_NOON - timedelta(days=2)):
        messages = [deliver(write_text(acme)) for _ in range(caps.TEXTS_TO_ONE_NUMBER + 1)]
        assert {message.state for message in messages} == {WorkState.PENDING}
    deliver(messages[0])
    assert sorted(reread(message).state for message in messages) == [WorkState.DEAD] + [WorkState.DONE] * 3
    assert len(gateway.read("texts")) == caps.TEXTS_TO_ONE_NUMBER


def with_day_over(organization: Organization) -> None:
    with tenant(organization):
        long_ago = clock.now() - timedelta(hours=25)
        Message.objects.update(created_at=long_ago, available_at=long_ago, finished_at=long_ago)
