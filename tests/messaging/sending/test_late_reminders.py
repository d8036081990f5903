"""A reminder delayed by a mail server still waits for waking hours."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import time_machine

from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import Message
from crosschq.tenancy.models import Organization
from tests.messaging.inbox import Inbox
from tests.messaging.rows import deliver, write

pytestmark = pytest.mark.django_db
FRIDAY_NIGHT = datetime(2026, 11, 27, 22, tzinfo=UTC)


def test_at_night_a_reminder_is_postponed_to_the_next_business_day(inbox: Inbox, acme: Organization) -> None:
    with time_machine.travel(FRIDAY_NIGHT, tick=False) as clock:
        message = deliver(write(acme, quiet_zone="Europe/Berlin"))
        assert (message.state, message.attempts, inbox.emails) == (WorkState.PENDING, 0, [])
        assert message.available_at == datetime(2026, 11, 30, 7, tzinfo=UTC)
        clock.move_to(message.available_at)
        work_item.drain(Message)
    assert inbox.only()["To"] == "Maya Osei <maya@candidates.example>"


def test_during_the_day_a_reminder_is_sent_immediately(inbox: Inbox, acme: Organization) -> None:
    with time_machine.travel(FRIDAY_NIGHT, tick=False):
        assert deliver(write(acme, quiet_zone="America/Los_Angeles")).state == WorkState.DONE


def test_an_invitation_is_sent_at_any_hour(inbox: Inbox, acme: Organization) -> None:
    with time_machine.travel(FRIDAY_NIGHT, tick=False):
        assert deliver(write(acme)).state == WorkState.DONE
