"""A message that waits says until when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import Channel, Message
from requests_app.staff.badges import email_line

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("state", "later", "word", "waits"),
    [
        (WorkState.PENDING, timedelta(hours=8), "Waiting", True),
        (WorkState.PENDING, timedelta(0), "Waiting", False),
        (WorkState.UNKNOWN, timedelta(hours=8), "May have been sent", False),
        (WorkState.DONE, timedelta(hours=8), "Sent", False),
    ],
)
def test_a_waiting_text_message_says_until_when(state: WorkState, later: timedelta, word: str, *, waits: bool) -> None:
    with time_machine.travel(NOON, tick=False):
        line = email_line(Message(channel=Channel.TEXT, state=state, available_at=NOON + later))
    assert (line.word, line.until) == (word, NOON + later if waits else None)
