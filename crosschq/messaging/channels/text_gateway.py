"""The interface of a text gateway. Twilio is the only adapter (twilio.py); gateways.py picks one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from crosschq.messaging.models import DeliveryStatus


class TextRefused(Exception):
    """The gateway won't send it. `stopped`: because the number texted STOP to it."""

    def __init__(self, code: str, *, stopped: bool = False) -> None:
        super().__init__(code)
        self.stopped = stopped


class TextBusy(Exception):
    """The text certainly wasn't sent, so try again later."""


class TextOutcomeUnknown(Exception):
    """The text may have been sent, so a retry could send it twice."""


@dataclass(frozen=True)
class Status:
    """A status report for a text message. `delivery` is None for an event that says nothing new."""

    event_id: str
    event_type: str
    delivery: DeliveryStatus | None
    number_is_dead: bool


@dataclass(frozen=True)
class Inbound:
    """A text message that we received. `answered`: the gateway has already replied to it."""

    event_id: str
    sender: str
    text: str
    answered: bool


class TextGateway(Protocol):
    """A text gateway. `is_authentic`, `status`, and `inbound` read what it posts to us."""

    def send(self, *, to: str, text: str, callback_url: str) -> str:
        """Hand the message over. Returns the gateway's id. Raises TextRefused, TextBusy, or TextOutcomeUnknown."""
        ...

    def is_authentic(self, *, url: str, fields: Mapping[str, list[str]], headers: Mapping[str, str]) -> bool: ...

    def status(self, fields: Mapping[str, list[str]]) -> Status: ...

    def inbound(self, fields: Mapping[str, list[str]]) -> Inbound: ...

    def reply(self, text: str) -> str:
        """The response body for an inbound text message; an empty `text` sends no reply."""
        ...
