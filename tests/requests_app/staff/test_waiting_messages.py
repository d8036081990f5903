"""A message that waits says until when, and each email in the timeline says whose it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import Channel, Message
from requests_app.staff.badges import email_line
from requests_app.start.start import ReportReader
from tests.factories import make_member, signed_in
from tests.requests_app.factories import answer, waiting_request
from tests.templates_app.browsing import parsed, words

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


@pytest.mark.django_db
def test_emails_to_the_owner_and_to_hiring_managers_say_whose_they_are(client: Client) -> None:
    scenario = waiting_request(
        readers=(ReportReader("Jo", "jo@acme.example", "hiring_manager"),),
        notify_hiring_managers=True,
        job_hiring_managers=True,
    )
    answer(scenario, 1)
    answer(scenario, 2)
    browser = signed_in(client, make_member(scenario.organization))
    url = reverse("requests:detail", args=[scenario.organization.slug, scenario.reference_request.uid])
    page = words(parsed(browser.get(url)))
    assert "Email to Dana Ruiz Waiting “Reference report ready: Maya Osei” to dana@acme.example" in page
    assert "Email to Jo Waiting “Reference report ready: Maya Osei” to jo@acme.example" in page
