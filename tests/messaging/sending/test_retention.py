"""An email's text holds a secret link, so it is deleted once it is no longer needed."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
import time_machine

from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import Message
from crosschq.messaging.sending.send import cancel_unsent
from crosschq.privacy.retention import nightly
from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import tenant
from tests.core.jobs import end_lease
from tests.factories import make_organization
from tests.messaging.inbox import Inbox
from tests.messaging.rows import REQUEST, change, deliver, reread, write

pytestmark = pytest.mark.django_db


def cancel(organization: Organization, *, about: uuid.UUID = REQUEST) -> int:
    with tenant(organization):
        return cancel_unsent(about_kind="request", about_uid=about)


@pytest.mark.parametrize("state", [WorkState.PENDING, WorkState.HELD, WorkState.DEAD])
def test_an_unsent_email_is_withdrawn_and_its_text_deleted(inbox: Inbox, acme: Organization, state: str) -> None:
    message = write(acme)
    change(message, state=state)
    assert cancel(acme) == 1
    assert (reread(message).state, reread(message).text, reread(message).html) == (WorkState.CANCELLED, "", "")
    assert reread(message).status_text == "Canceled before it was sent"
    deliver(message)
    assert inbox.emails == []


@pytest.mark.parametrize("state", [WorkState.DONE, WorkState.CANCELLED, WorkState.WORKING])
def test_a_sent_or_sending_email_is_not_withdrawn(acme: Organization, state: str) -> None:
    message = write(acme)
    change(message, state=state, lease_until=clock.now() + timedelta(minutes=5))
    assert cancel(acme) == 0
    assert reread(message).state == state


def test_an_email_of_a_dead_worker_is_withdrawn(inbox: Inbox, acme: Organization) -> None:
    message = write(acme)
    assert work_item.claim(Message)
    end_lease(message)
    assert cancel(acme) == 1
    assert deliver(message).state == WorkState.CANCELLED


def test_only_emails_about_the_same_thing_are_withdrawn(acme: Organization) -> None:
    write(acme)
    assert cancel(acme, about=uuid.uuid4()) == 0
    assert cancel(make_organization("Another")) == 0


def test_a_text_is_deleted_a_week_after_its_email_was_given_up(acme: Organization) -> None:
    with time_machine.travel(clock.now(), tick=False) as moved:
        dead, waiting = write(acme), write(acme)
        change(dead, state=WorkState.DEAD, finished_at=clock.now())
        moved.shift(timedelta(days=7))
        nightly.run(now=clock.now())
        assert reread(dead).text
        moved.shift(timedelta(seconds=1))
        nightly.run(now=clock.now())
        assert (reread(dead).text, reread(dead).html) == ("", "")
        assert reread(waiting).text


def test_an_email_without_its_text_is_not_sent_empty(inbox: Inbox, acme: Organization) -> None:
    message = write(acme)
    change(message, state=WorkState.DEAD, text="", html="")
    with tenant(acme):
        assert work_item.try_again(message)
    message = deliver(message)
    assert message.state == WorkState.DEAD
    assert message.reason == "Its text was deleted a week after sending failed. Send a new one."
    assert inbox.emails == []
