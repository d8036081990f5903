"""The signature of a delivery: developers.smartrecruiters.com/reference/subscriptionsgeneratesecretkey-1.

`smartrecruiters-signature` is `v1=<hex>;v1=<hex>…`, one part per active key. Each part is the HMAC-SHA256 of
timestamp.body.event-id.event-name.event-version.link; a missing header counts as empty. Repeated header lines are
joined by commas (RFC 9110, section 5.3), so commas may separate parts too.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from connectors import ats

PART_SEPARATOR = re.compile("[;,]")


@dataclass(frozen=True)
class Delivery:
    """The signed parts as received: raw body, raw header values."""

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
    """Whether any part matches any key. Every pair is compared in constant time."""
    parts = [part.strip() for part in PART_SEPARATOR.split(delivery.signature)]
    received = [part[3:].strip().lower().encode("latin-1", "replace") for part in parts if part.startswith("v1=")]
    matches = 0
    for key in keys:
        expected = sign(delivery, key).encode()
        for part in received:
            matches += hmac.compare_digest(part, expected)
    return matches > 0


def read_delivery(*, headers: Mapping[str, str], body: bytes, keys: Iterable[str]) -> ats.VerifiedDelivery | None:
    """Return the delivery, or None if its signature is invalid. `headers` lookups are case-insensitive."""
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
    """Parse Unix seconds; None for anything else."""
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 11):
        return None
    return datetime.fromtimestamp(int(timestamp), tz=UTC)
