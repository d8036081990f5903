"""Responses of mail servers: the state of the email, and the error that its sender sees."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pytest_django import Settings

from crosschq.core import clock
from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import Message
from crosschq.tenancy.models import Organization
from scripts.stack.processes import free_port
from tests.messaging.inbox import Inbox
from tests.messaging.rows import change, deliver, write

pytestmark = pytest.mark.django_db
REFUSED = "The email server rejected maya@candidates.example."
BUSY = "The email server asked us to try again later."
SILENT = "The email server didn't respond."


@pytest.mark.parametrize(
    ("step", "answer"),
    [("RCPT", "550 5.1.1 no such user"), ("RCPT", "553 bad mailbox"), ("DATA", "554 5.7.1 this looks like spam")],
)
def test_a_permanent_refusal_is_not_retried(inbox: Inbox, acme: Organization, step: str, answer: str) -> None:
    inbox.answers[step] = answer
    message = deliver(write(acme))
    assert (message.state, message.reason, message.attempts) == (WorkState.DEAD, REFUSED, 1)
    assert message.status_text == f"Not sent: {REFUSED}"


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


@pytest.mark.parametrize(("step", "answer"), [("MAIL", "550 we do not know you"), ("DATA", "hang up")])
def test_a_problem_between_us_and_our_server_loses_no_email(
    inbox: Inbox, acme: Organization, step: str, answer: str
) -> None:
    inbox.answers[step] = answer
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
    """As if the pause before the next attempt were over."""
    change(message, available_at=clock.now())
    return deliver(message)
