"""Responses of mail servers: the state of the email, and the error that its sender sees."""

from __future__ import annotations

from datetime import timedelta

import pytest
import structlog
from pytest_django import Settings

from crosschq.core import clock
from crosschq.core.models import Alarm, Circuit
from crosschq.core.outbox import alarm, work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import Message
from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import cross_tenant
from scripts.stack.processes import free_port
from tests.extent import first_of
from tests.messaging.inbox import Inbox
from tests.messaging.rows import change, deliver, write

pytestmark = pytest.mark.django_db
REFUSED = "The email server rejected maya@candidates.example."
BUSY = "The email server asked us to try again later."
OURS = "Our email server refused to send this email. The address isn't the problem."
SILENT = "The email server didn't respond."


@pytest.mark.parametrize(
    ("step", "answer"),
    [
        ("RCPT", "550 5.1.1 no such user"),
        ("RCPT", "553 bad mailbox"),
        ("RCPT", "550 mailbox unavailable"),
        ("RCPT", "550 5.4.1 Recipient address rejected: Access denied"),
        ("RCPT", "550 5.2.1 mailbox disabled"),
    ],
)
def test_a_rejected_address_is_not_retried(inbox: Inbox, acme: Organization, step: str, answer: str) -> None:
    inbox.answers[step] = answer
    message = deliver(write(acme))
    assert (message.state, message.reason, message.attempts) == (WorkState.DEAD, REFUSED, 1)
    assert message.status_text == f"Not sent: {REFUSED}"
    assert message.has_failing_address


OUR_FAULT = [
    ("MAIL", "550 5.7.1 sender not allowed"),
    ("RCPT", "554 5.7.1 Relay access denied"),
    ("RCPT", "550 relaying denied"),
    ("DATA", "552 quota of the relay exceeded"),
    ("MAIL", "553 sender address rejected"),
    ("RCPT", "550 5.7.26 this email is not authenticated"),
    ("DATA", "552 5.3.4 message too big"),
    ("DATA", "554 5.7.1 this looks like spam"),
    ("DATA", "550 5.6.0 content refused"),
]


@pytest.mark.parametrize(("step", "answer"), first_of(OUR_FAULT, 4))
def test_a_refusal_that_is_our_fault_is_retried_and_then_reported_as_one(
    inbox: Inbox, acme: Organization, step: str, answer: str
) -> None:
    inbox.answers[step] = answer
    message = deliver(write(acme))
    assert (message.state, message.reason) == (WorkState.PENDING, OURS)
    change(message, attempts=len(Message.retry_delays), available_at=clock.now())
    message = deliver(message)
    assert (message.state, message.status_text) == (WorkState.DEAD, f"Not sent: {OURS}")
    assert message.has_failed
    assert not message.has_failing_address
    inbox.answers.clear()
    with cross_tenant("a test tries again"):
        work_item.try_again(message)
    assert deliver(message).state == WorkState.DONE


@pytest.mark.parametrize("answer", ["552 5.2.2 mailbox full", "552 over quota", "452 4.2.2 mailbox full"])
def test_a_full_mailbox_is_tried_again_for_two_days(inbox: Inbox, acme: Organization, answer: str) -> None:
    inbox.answers["RCPT"] = answer
    message = deliver(write(acme))
    assert (message.state, message.reason) == (WorkState.PENDING, "The recipient's mailbox is full.")
    inbox.answers.clear()
    assert deliver_now(message).state == WorkState.DONE


def test_a_server_that_refuses_everyone_raises_one_alarm(inbox: Inbox, acme: Organization) -> None:
    inbox.answers["DATA"] = "554 5.7.1 account suspended"
    with structlog.testing.capture_logs() as logs:
        for number in range(alarm.FAILURES_IN_A_ROW + 3):
            write(acme, to_email=f"person{number}@candidates.example")
            Circuit.objects.update(open_until=None)
            work_item.drain(Message)
            alarm.check()
            alarm.check()
    assert [line["alarm"] for line in logs if line["event"] == "operator_alarm"] == ["sending_fails"]
    assert set(Alarm.objects.values_list("name", flat=True)) == {"sending_fails"}
    inbox.answers.clear()
    with cross_tenant("as if the pauses were over"):
        Message.objects.update(available_at=clock.now())
    Circuit.objects.update(open_until=None)
    work_item.drain(Message)
    alarm.check()
    assert not Alarm.objects.exists()


@pytest.mark.parametrize(
    ("step", "answer"), [("RCPT", "450 4.2.0 greylisted"), ("RCPT", "452 4.5.3 too many"), ("DATA", "451 4.3.0 later")]
)
def test_a_temporary_refusal_is_retried(inbox: Inbox, acme: Organization, step: str, answer: str) -> None:
    inbox.answers[step] = answer
    message = deliver(write(acme))
    assert (message.state, message.reason) == (WorkState.PENDING, BUSY)
    assert message.status_text == f"Waiting: {BUSY}"
    assert message.available_at > clock.now() + timedelta(seconds=Message.retry_delays[0] - 5)
    assert message.text

    del inbox.answers[step]
    again = deliver_now(message)
    assert (again.state, again.attempts, again.status_text) == (WorkState.DONE, 2, "Sent")
    assert inbox.only()["Message-ID"] == message.message_id


def test_a_problem_between_us_and_our_server_loses_no_email(inbox: Inbox, acme: Organization) -> None:
    inbox.answers["DATA"] = "hang up"
    message = deliver(write(acme))
    assert (message.state, message.reason) == (WorkState.PENDING, SILENT)
    inbox.answers.clear()
    assert deliver_now(message).state == WorkState.DONE


def test_a_rejected_smtp_password_loses_no_email(inbox: Inbox, acme: Organization, settings: Settings) -> None:
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "us", "wrong"
    message = deliver(write(acme))
    assert (message.state, message.reason) == (WorkState.PENDING, SILENT)


def test_a_server_outage_loses_no_email(inbox: Inbox, acme: Organization, settings: Settings) -> None:
    there = settings.EMAIL_PORT
    settings.EMAIL_PORT = free_port()
    message = deliver(write(acme))
    assert (message.state, message.reason) == (WorkState.PENDING, SILENT)
    settings.EMAIL_PORT = there
    assert deliver_now(message).state == WorkState.DONE


def test_an_outage_may_last_two_days() -> None:
    assert timedelta(days=1.8) < timedelta(seconds=sum(Message.retry_delays)) < timedelta(days=2.2)


def deliver_now(message: Message) -> Message:
    """Make the next attempt now, without the pause before it."""
    change(message, available_at=clock.now())
    return deliver(message)
