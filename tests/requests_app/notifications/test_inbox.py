"""Emails as the sandbox's inbox received them over SMTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import html5lib
import pytest
import time_machine
from pytest_django import Settings

from crosschq.core.outbox import work_item
from crosschq.messaging.models import Message
from crosschq.tenancy.scope import tenant
from requests_app.notifications import send
from requests_app.text import SUBJECT_CHARACTERS
from tests.messaging.text_gateway import MONDAY_NOON
from tests.requests_app.factories import RequestScenario, ready_request, waiting_request
from tests.sandbox.running import Running, run_sandbox

pytestmark = pytest.mark.django_db
MOST_BYTES = 30_000
TO_PEOPLE = ("maya@candidates.example", "priya@ledgerly.example", "tom@ledgerly.example")


@pytest.fixture(autouse=True)
def _at_noon() -> Iterator[None]:
    """Reminders are only sent in waking hours."""
    with time_machine.travel(MONDAY_NOON):
        yield


@pytest.fixture
def sandbox(settings: Settings) -> Iterator[Running]:
    with run_sandbox() as running:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "localhost", running.smtp_port
        settings.EMAIL_BACKEND = "crosschq.messaging.channels.smtp.EmailBackend"
        yield running


def received(sandbox: Running, scenario: RequestScenario) -> list[dict[str, Any]]:
    work_item.drain(Message)
    emails: list[dict[str, Any]] = sandbox.read("mails")
    assert len(emails) == len(scenario.emails())
    return emails


def headers(email: dict[str, Any]) -> dict[str, str]:
    return dict(email["headers"])


def test_every_request_email_follows_the_rules(sandbox: Running) -> None:
    for email in received(sandbox, ready_request()):
        given = headers(email)
        assert 0 < len(email["subject"]) <= SUBJECT_CHARACTERS
        assert given["Auto-Submitted"] == "auto-generated"
        assert given["Content-Type"].startswith("multipart/alternative")
        assert len(email["html"].encode()) < MOST_BYTES
        page = html5lib.parse(email["html"], namespaceHTMLElements=False)
        assert [element.tag for element in page.iter() if element.tag in ("img", "script", "link", "iframe")] == []
        first = " ".join(email["text"].split())[:300]
        assert "Backend Engineer" in first
        if email["to"][0] in TO_PEOPLE:
            assert given["Reply-To"] == "dana@acme.example"
            assert given["From"].startswith("Acme GmbH via Crosschq")
            assert "Acme GmbH" in first
            assert {link.rstrip("/").rsplit("/", 1)[1] for link in email["links"]} >= {"stop"}


def test_a_reminder_is_in_the_thread_of_its_invitation(sandbox: Running) -> None:
    scenario = waiting_request()
    work_item.drain(Message)
    with tenant(scenario.organization):
        send.remind_candidate(scenario.reread(), answered=1)
        send.remind_reference(scenario.reference_request, scenario.reference())
    emails = received(sandbox, scenario)
    for address, subject in (
        ("maya@candidates.example", "Acme GmbH is waiting for your references"),
        ("priya@ledgerly.example", "Reference for Maya Osei, due "),
    ):
        invitation, reminder = (email for email in emails if email["to"] == [address])
        assert reminder["subject"].startswith(subject)
        assert headers(reminder)["In-Reply-To"] == headers(reminder)["References"] == invitation["message_id"]
        assert "In-Reply-To" not in headers(invitation)
        assert reminder["links"][0] != invitation["links"][0]
