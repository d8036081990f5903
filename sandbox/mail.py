"""Emails stored in the inbox."""

from __future__ import annotations

import email
import email.policy
import itertools
import re
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage

_URL = re.compile(r"https?://[^\s<>\"'\])}]+")
_HREF = re.compile(r"""href\s*=\s*["'](https?://[^"']+)["']""", re.IGNORECASE)


@dataclass(frozen=True)
class Mail:
    """One received email. ``recipients`` come from the envelope."""

    n: int
    received_at: datetime
    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    headers: tuple[tuple[str, str], ...]
    subject: str
    message_id: str
    text: str
    html: str
    links: tuple[str, ...]


@dataclass
class Mailbox:
    mails: list[Mail] = field(default_factory=list)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def add(self, raw: bytes, *, sender: str, recipients: list[str], at: datetime) -> Mail:
        mail = _parse(next(self._numbers), raw, sender=sender, recipients=recipients, at=at)
        self.mails.append(mail)
        return mail

    def get(self, n: int) -> Mail | None:
        return next((mail for mail in self.mails if mail.n == n), None)

    def clear(self) -> None:
        """Delete all emails; numbering continues."""
        self.mails.clear()


def _parse(n: int, raw: bytes, *, sender: str, recipients: list[str], at: datetime) -> Mail:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    headers = tuple((name, _header(message, index)) for index, name in enumerate(message.keys()))
    named = {name.lower(): value for name, value in reversed(headers)}
    text, html = _part(message, "plain"), _part(message, "html")
    return Mail(
        n=n,
        received_at=at,
        sender=sender,
        recipients=tuple(recipients),
        raw=raw,
        headers=headers,
        subject=named.get("subject", ""),
        message_id=named.get("message-id", ""),
        text=text,
        html=html,
        links=_links(text, html),
    )


def _header(message: EmailMessage, index: int) -> str:
    """A header's decoded text, or its raw text if it can't be decoded."""
    try:
        return str(message.values()[index]).strip()
    except Exception:  # the standard library's header parser fails in many ways on hostile input
        return str(list(message.raw_items())[index][1]).strip()


def _part(message: EmailMessage, subtype: str) -> str:
    for part in message.walk():
        if part.get_content_type() == f"text/{subtype}" and not part.is_attachment():
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes):
                charset = part.get_content_charset() or "utf-8"
                return _decode(payload, charset)
    return ""


def _decode(payload: bytes, charset: str) -> str:
    try:
        return payload.decode(charset, errors="replace").replace("\r\n", "\n")
    except LookupError:
        return payload.decode("utf-8", errors="replace").replace("\r\n", "\n")


def _links(text: str, html: str) -> tuple[str, ...]:
    """Unique URLs of both parts in order, without trailing punctuation."""
    found = [url.rstrip(".,;:!?") for url in _URL.findall(text)]
    found += [url.replace("&amp;", "&") for url in _HREF.findall(html)]
    return tuple(dict.fromkeys(found))
