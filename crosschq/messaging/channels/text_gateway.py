"""What we ask of whoever carries our text messages. Twilio is the one adapter (twilio.py); carriers.py chooses."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from crosschq.messaging.models import DeliveryStatus


class TextRefused(Exception):
    """The carrier will not send it. `stopped`: because the number said STOP to it."""

    def __init__(self, code: str, *, stopped: bool = False) -> None:
        super().__init__(code)
        self.stopped = stopped


class TextBusy(Exception):
    """Surely not sent: try again later."""


class TextOutcomeUnknown(Exception):
    """Perhaps sent: a repeat could be a second text."""


@dataclass(frozen=True)
class Status:
    """What the carrier tells about a text. `delivery` is None for a word that says nothing new."""

    event_id: str
    event_type: str
    delivery: DeliveryStatus | None
    number_is_dead: bool


@dataclass(frozen=True)
class Inbound:
    """A text that somebody sent to us. `answered`: the carrier replied to it already."""

    event_id: str
    sender: str
    text: str
    answered: bool


class TextGateway(Protocol):
    """One carrier. `is_authentic`, `status` and `inbound` read what it posts to us."""

    def send(self, *, to: str, text: str, callback_url: str) -> str:
        """Hand it over. Returns the carrier's id. Raises TextRefused, TextBusy or TextDoubtful."""
        ...

    def is_authentic(self, *, url: str, fields: Mapping[str, list[str]], headers: Mapping[str, str]) -> bool: ...

    def status(self, fields: Mapping[str, list[str]]) -> Status: ...

    def inbound(self, fields: Mapping[str, list[str]]) -> Inbound: ...

    def reply(self, text: str) -> str:
        """The body of our answer to an inbound text; an empty `text` says nothing."""
        ...
