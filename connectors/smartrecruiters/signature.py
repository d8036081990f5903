"""The signature of a delivery: developers.smartrecruiters.com/reference/subscriptionsgeneratesecretkey-1.

`smartrecruiters-signature` is `v1=<hex>;v1=<hex>…`, one part for each live key. A part is the HMAC-SHA256, under the
key, of timestamp.body.event-id.event-name.event-version.link; an absent header counts as empty. Header lines of the
same name are joined by a comma (RFC 9110, section 5.3), so parts may be apart by commas too.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from connectors import ats

PARTS_APART = re.compile("[;,]")


@dataclass(frozen=True)
class Delivery:
    """What is signed, as it came: raw body, raw header values."""

    body: bytes
    timestamp: str
    event_id: str
    event_name: str
    event_version: str
    link: str
    signature: str


def sign(delivery: Delivery, key: str) -> str:
    head = delivery.timestamp.encode("latin-1", "replace")
    tail = ".".join(("", delivery.event_id, delivery.event_name, delivery.event_version, delivery.link))
    message = head + b"." + delivery.body + tail.encode("latin-1", "replace")
    return hmac.new(key.encode(), message, hashlib.sha256).hexdigest()


def is_genuine(delivery: Delivery, keys: Iterable[str]) -> bool:
    """Whether any part was made with any of the keys. Compares every pair, in constant time each."""
    parts = [part.strip() for part in PARTS_APART.split(delivery.signature)]
    given = [part[3:].strip().lower().encode("latin-1", "replace") for part in parts if part.startswith("v1=")]
    matches = 0
    for key in keys:
        expected = sign(delivery, key).encode()
        for candidate in given:
            matches += hmac.compare_digest(candidate, expected)
    return matches > 0


def read_delivery(*, headers: Mapping[str, str], body: bytes, keys: Iterable[str]) -> ats.VerifiedDelivery | None:
    """The delivery, or None unless it is genuine. `headers` finds names whatever their letter case."""
    delivery = Delivery(
        body=body,
        timestamp=headers.get("smartrecruiters-timestamp", ""),
        event_id=headers.get("event-id", ""),
        event_name=headers.get("event-name", ""),
        event_version=headers.get("event-version", ""),
        link=headers.get("Link", ""),
        signature=headers.get("smartrecruiters-signature", ""),
    )
    signed_at = _moment(delivery.timestamp)
    if signed_at is None or not delivery.event_id or not is_genuine(delivery, keys):
        return None
    return ats.VerifiedDelivery(delivery.event_id, delivery.event_name, delivery.event_version, signed_at)


def _moment(timestamp: str) -> datetime | None:
    """Unix seconds as a time; None for anything else."""
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 11):
        return None
    return datetime.fromtimestamp(int(timestamp), tz=UTC)
