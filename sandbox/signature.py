"""Signatures of callbacks, as the vendor's "generate secret key" operation describes them."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable


def v1(key: str, *, timestamp: str, body: bytes, event_id: str, event_name: str, event_version: str, link: str) -> str:
    """Hex HMAC-SHA256 over the six parts joined by dots. An absent header counts as an empty string."""
    message = b".".join(
        [timestamp.encode(), body, event_id.encode(), event_name.encode(), event_version.encode(), link.encode()]
    )
    return hmac.new(key.encode(), message, hashlib.sha256).hexdigest()


def header(
    keys: Iterable[str],
    *,
    timestamp: str,
    body: bytes,
    event_id: str,
    event_name: str,
    event_version: str,
    link: str,
    separator: str = ";",
    upper: bool = False,
) -> str:
    """Value of ``smartrecruiters-signature``: one ``v1`` segment for each live key."""
    made = [
        v1(
            key,
            timestamp=timestamp,
            body=body,
            event_id=event_id,
            event_name=event_name,
            event_version=event_version,
            link=link,
        )
        for key in keys
    ]
    return separator.join(f"v1={digits.upper() if upper else digits}" for digits in made)
