"""Reminders are in the same thread as the email they refer to."""

from __future__ import annotations

import pytest

from crosschq.messaging.sending.send import About
from crosschq.tenancy.models import Organization
from tests.messaging.inbox import Inbox
from tests.messaging.rows import REQUEST, deliver, write

pytestmark = pytest.mark.django_db

THREAD = About("request", REQUEST, thread=True)


def test_later_emails_refer_to_the_first(inbox: Inbox, acme: Organization) -> None:
    first = write(acme, about=THREAD)
    for _ in range(2):
        write(acme, about=THREAD, kind="candidate_reminder")
    deliver(first)
    one, *others = sorted(inbox.emails, key=lambda email: "References" in email)
    assert "In-Reply-To" not in one
    assert one["Message-ID"] == first.message_id
    assert [email["In-Reply-To"] for email in others] == [first.message_id] * 2
    assert [email["References"] for email in others] == [first.message_id] * 2


def test_an_email_to_another_address_and_a_code_start_new_threads(inbox: Inbox, acme: Organization) -> None:
    write(acme, about=THREAD, kind="report_code")
    other = write(acme, about=THREAD, to_email="maya@elsewhere.example")
    deliver(write(acme, about=THREAD))
    deliver(other)
    assert [email["In-Reply-To"] for email in inbox.emails] == [None, None, None]
