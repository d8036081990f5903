"""A mail server on loopback that keeps what it receives, and refuses what a test tells it to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from pytest_django import Settings

from scripts.stack.processes import free_port


class Inbox:
    def __init__(self) -> None:
        self.emails: list[EmailMessage] = []
        self.recipients: list[list[str]] = []
        self.senders: list[str] = []
        # The response per SMTP command instead of accepting: {"RCPT": "550 no such user"}.
        self.answers: dict[str, str] = {}
        self.on_data: Callable[[], None] = lambda: None

    def clear(self) -> None:
        self.emails.clear()
        self.recipients.clear()
        self.senders.clear()

    def only(self) -> EmailMessage:
        (email,) = self.emails
        return email

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:  # noqa: N802
        if "MAIL" in self.answers:
            return self.answers["MAIL"]
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:  # noqa: N802
        if "RCPT" in self.answers:
            return self.answers["RCPT"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        self.on_data()
        parsed = message_from_bytes(envelope.content, policy=default)
        assert isinstance(parsed, EmailMessage)
        if self.answers.get("DATA", "") == "hang up":
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
            return "421 gone"
        if "DATA" in self.answers and not self.answers["DATA"].startswith("2"):
            return self.answers["DATA"]
        self.emails.append(parsed)
        self.recipients.append(list(envelope.rcpt_tos))
        self.senders.append(str(envelope.mail_from))
        return "250 OK"


@contextmanager
def run_inbox(settings: Settings) -> Iterator[Inbox]:
    """The emails that the mail server of the settings has received."""
    held = Inbox()
    controller = Controller(held, hostname="127.0.0.1", port=free_port())
    controller.start()
    settings.EMAIL_HOST, settings.EMAIL_PORT = controller.hostname, controller.port
    settings.EMAIL_BACKEND = "crosschq.messaging.channels.smtp.EmailBackend"
    yield held
    controller.stop()
