"""Text messages stored by the sandbox's carrier, outgoing and incoming."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

STOP_WORDS = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
START_WORDS = frozenset({"START", "UNSTOP", "YES"})
# Delivery status by ending of the number; all others are delivered.
ENDINGS = {
    "0002": ("undelivered", "30005"),  # unknown number
    "0003": ("undelivered", "30003"),  # phone switched off
    "0004": ("failed", "30008"),
}
REFUSED_ENDING = "0001"  # not a number that can get texts


@dataclass
class Text:
    """One text, sent by the product (``ours``) or to it. ``responses`` lists the responses to our callbacks."""

    n: int
    sid: str
    ours: bool
    sender: str
    to: str
    body: str
    at: datetime
    status: str = "queued"
    error: str = ""
    callback_url: str = ""
    responses: list[int | None] = field(default_factory=list)


@dataclass
class TextBox:
    """All texts, and the numbers that opted out."""

    texts: list[Text] = field(default_factory=list)
    stopped: set[str] = field(default_factory=set)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def add(self, *, ours: bool, sender: str, to: str, body: str, at: datetime, callback_url: str = "") -> Text:
        sid = f"SM{uuid.uuid4().hex}"
        text = Text(next(self._numbers), sid, ours, sender, to, body, at, callback_url=callback_url)
        self.texts.append(text)
        return text

    def hear(self, sender: str, body: str) -> str:
        """Apply STOP or START from a number. Returns the carrier's automatic reply."""
        word = body.strip().upper()
        if word in STOP_WORDS:
            self.stopped.add(sender)
            return "You have been unsubscribed and get no more messages. Reply START to resume."
        if word in START_WORDS:
            self.stopped.discard(sender)
            return "You get messages from this number again."
        return ""

    def clear(self) -> None:
        self.texts.clear()


def signature(token: str, url: str, fields: Mapping[str, str]) -> str:
    """Twilio's ``X-Twilio-Signature``: HMAC-SHA1 over the URL, then each field's name and value by name, in base64."""
    said = url + "".join(f"{name}{fields[name]}" for name in sorted(fields))
    return base64.b64encode(hmac.new(token.encode(), said.encode(), hashlib.sha1).digest()).decode()
