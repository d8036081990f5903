"""Keyed hashes, by which we recognize an address that we no longer store.

Without the key nobody can find the address by trying. The key never changes: with another one, every hash is unknown.
"""

import hashlib
import hmac

from django.conf import settings


def pseudonym(text: str, *, purpose: str) -> bytes:
    """The hash of a text for one purpose, 32 bytes. Hashes for two purposes can't be compared."""
    return hmac.digest(settings.PSEUDONYM_KEY.encode(), f"{purpose}\n{text}".encode(), hashlib.sha256)
