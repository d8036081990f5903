"""Keyed hashes that let us recognize an address that we no longer store.

Without the key, the address can't be found by guessing. The key must never change, because earlier hashes would no
longer match.
"""

import hashlib
import hmac

from django.conf import settings


def pseudonym(text: str, *, purpose: str) -> bytes:
    """Hash a text for one purpose, to 32 bytes. Hashes for different purposes can't be compared."""
    return hmac.digest(settings.PSEUDONYM_KEY.encode(), f"{purpose}\n{text}".encode(), hashlib.sha256)
