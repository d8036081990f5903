"""User input never becomes a header, a recipient or a command."""

from __future__ import annotations

from email.message import EmailMessage
from typing import Any

import pytest

from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.content.email import Email
from crosschq.messaging.sending.send import Sender
from crosschq.tenancy.models import Organization
from tests.messaging.inbox import Inbox
from tests.messaging.rows import deliver, write

pytestmark = pytest.mark.django_db
HEADERS = {
    "Content-Type",
    "MIME-Version",
    "Subject",
    "From",
    "To",
    "Date",
    "Message-ID",
    "Auto-Submitted",
}
BREAKS = ["\r\n", "\n", "\r", "\r\n\r\n", "\n\t", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "%0d%0a"]
NAMES = ['"quoted"', "a\\b", "a@b.example", "<a@b.example>", "a, b@c.example", "=?utf-8?q?=0A?=", "(c)"]
ADDRESSES = [
    "maya@candidates.example\r\nBcc: victim@example.com",
    "maya@candidates.example\nRCPT TO:<victim@example.com>",
    "maya@candidates.example, victim@example.com",
    "maya@candidates.example> , <victim@example.com",
    "maya@candidates.example;victim@example.com",
    "maya",
    "maya@",
    "@candidates.example",
    "maya osei@candidates.example",
    "<maya@candidates.example>",
    "",
]


def is_plain(email: EmailMessage) -> bool:
    return set(email.keys()) <= HEADERS


def typed_in(place: str, typed: str) -> dict[str, Any]:
    values: dict[str, Any] = {"to_name": typed, "sender": Sender(name=typed), "subject": Email(typed, "", ("p",))}
    return {"email" if place == "subject" else place: values[place]}


@pytest.mark.parametrize("place", ["to_name", "sender", "subject"])
def test_a_line_break_adds_no_header(inbox: Inbox, acme: Organization, place: str) -> None:
    for number, line_break in enumerate(BREAKS):
        inbox.clear()
        address = f"maya{number}@candidates.example"  # not so many to one address
        typed = f"Maya{line_break}Bcc: victim@example.com{line_break}{line_break}<p>body"
        message = deliver(write(acme, to_email=address, **typed_in(place, typed)))
        assert message.state == WorkState.DONE, repr(line_break)
        assert is_plain(inbox.only()), repr(line_break)
        assert inbox.recipients == [[address]], repr(line_break)
        for part in inbox.only().iter_parts():
            assert "<p>body" not in part.get_content(), repr(line_break)


def test_a_name_that_looks_like_an_address_stays_a_name(inbox: Inbox, acme: Organization) -> None:
    for number, name in enumerate(NAMES):
        inbox.clear()
        recipient = f"maya{number}@candidates.example"
        deliver(write(acme, to_email=recipient, to_name=name, sender=Sender(name=name)))
        for header, address in (("To", recipient), ("From", "no-reply@crosschq.example")):
            (only,) = inbox.only()[header].addresses
            assert only.addr_spec == address, name
        assert inbox.recipients == [[recipient]], name


@pytest.mark.parametrize("place", ["to_name", "sender", "subject"])
def test_bidirectional_controls_do_not_reorder_a_header(inbox: Inbox, acme: Organization, place: str) -> None:
    typed = "Maya \u202e\u2066ieso\x07\x1b"
    deliver(write(acme, **typed_in(place, typed)))
    header = inbox.only()[{"to_name": "To", "sender": "From", "subject": "Subject"}[place]]
    assert "Maya ieso" in str(header)


def test_an_invalid_address_is_reported_and_not_retried(inbox: Inbox, acme: Organization) -> None:
    for address in ADDRESSES:
        message = deliver(write(acme, to_email=address))
        assert (message.state, message.attempts) == (WorkState.DEAD, 1), address
        assert "can't send email to" in message.reason, address
        assert inbox.emails == [], address


@pytest.mark.parametrize("address", ["dana@acme.example\r\nBcc: victim@example.com", "dana@acme.example\nX: y"])
def test_a_reply_address_adds_no_header(inbox: Inbox, acme: Organization, address: str) -> None:
    assert deliver(write(acme, sender=Sender(reply_to=address))).state == WorkState.DEAD
    assert inbox.emails == []


@pytest.mark.parametrize("text", [".", "..", "\r\n.\r\nMAIL FROM:<x@example.com>\r\n", "From here", "x" * 5000])
def test_a_lone_dot_does_not_end_an_email(inbox: Inbox, acme: Organization, text: str) -> None:
    """SMTP ends an email with a dot alone on its line (RFC 5321, section 4.5.2)."""
    deliver(write(acme, email=Email("s", "", (text, "the end"))))
    said = next(iter(inbox.only().iter_parts())).get_content()
    assert text.strip() in said
    assert "the end" in said
