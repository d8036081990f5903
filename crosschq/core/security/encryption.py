"""Text encrypted at rest: AES-256-GCM with a key id in front and the place of the value bound in.

Stored form: `<key id>.<base64 of nonce and ciphertext>`. The associated data is `table.column`, so that a value
copied into another column does not decrypt. The first key of FIELD_KEYS encrypts, all of them decrypt; after a
change of keys `manage.py rotate_keys` rewrites what older keys wrote. See field_keys.py for what other processes hold.
"""

import base64
import binascii
import os
import re
import time
from functools import cache
from typing import TYPE_CHECKING, Any

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models

if TYPE_CHECKING:
    Text = models.TextField[str, str]
else:
    Text = models.TextField  # has no type arguments when the program runs

log = structlog.get_logger(__name__)

NONCE_BYTES = 12  # NIST SP 800-38D, section 8.2
KEY_BYTES = 32
KEY_ID = re.compile(r"[A-Za-z0-9]{1,20}")


# A key that is missing is met at every row: the operator is told once in so many seconds.
ALARM_SECONDS = 60.0
_alarmed: dict[tuple[str, str], float] = {}


class Undecipherable(Exception):
    """The stored value was not written by any key that we hold, for this column."""


class MissingKey(Undecipherable):
    """It was written by a key that is not in FIELD_KEYS: readable again once that key is back."""


@cache
def _keys(listed: str) -> dict[str, AESGCM]:
    keys: dict[str, AESGCM] = {}
    for part in filter(None, (p.strip() for p in listed.split(","))):
        key_id, _, encoded = part.partition(":")
        # Only after this can an error name the id: a list without ids holds keys in its place.
        if not KEY_ID.fullmatch(key_id) or key_id in keys:
            raise ImproperlyConfigured(
                "FIELD_KEYS: write each key as id:base64, each with its own id of letters or digits"
            )
        keys[key_id] = AESGCM(_key_bytes(key_id, encoded))
    if not keys:
        raise ImproperlyConfigured("FIELD_KEYS is empty: give at least one key as id:base64")
    return keys


def _key_bytes(key_id: str, encoded: str) -> bytes:
    try:
        key = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise ImproperlyConfigured(f"FIELD_KEYS: key “{key_id}” is not 32 bytes in base64")
    return key


def key_ids() -> list[str]:
    """The ids of our keys; the first encrypts."""
    return list(_keys(settings.FIELD_KEYS))


def primary_key_id() -> str:
    return key_ids()[0]


def encrypt(text: str, *, place: str) -> str:
    key_id, key = next(iter(_keys(settings.FIELD_KEYS).items()))
    nonce = os.urandom(NONCE_BYTES)
    sealed = nonce + key.encrypt(nonce, text.encode(), place.encode())
    return f"{key_id}.{base64.b64encode(sealed).decode()}"


def decrypt(stored: str, *, place: str) -> str:
    """The text. Raises MissingKey for an unknown key, Undecipherable for another place or a changed value."""
    key_id, _, encoded = stored.partition(".")
    key = _keys(settings.FIELD_KEYS).get(key_id)
    if key is None and KEY_ID.fullmatch(key_id):
        _alarm(place, key_id)
        raise MissingKey(f"{place}: the key “{key_id}” is not in FIELD_KEYS")
    if key is None:
        # What is not a key id may be a text that somebody stored in the clear: not for an error message.
        _alarm(place, "")
        raise Undecipherable(f"{place}: it names no key")
    try:
        sealed = base64.b64decode(encoded, validate=True)
        return key.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place.encode()).decode()
    except (binascii.Error, InvalidTag, ValueError) as error:
        _alarm(place, key_id)
        raise Undecipherable(f"{place}: the stored value is damaged or belongs elsewhere") from error


def _alarm(place: str, key_id: str) -> None:
    now = time.monotonic()
    if now - _alarmed.get((place, key_id), -ALARM_SECONDS) >= ALARM_SECONDS:
        _alarmed[place, key_id] = now
        log.error("cannot_decrypt", place=place, key=key_id, held=key_ids())


class EncryptedTextField(Text):
    """A text that only the database's ciphertext leaves the process with. Empty stays empty."""

    @property
    def place(self) -> str:
        return f"{self.model._meta.db_table}.{self.column}"

    def get_prep_value(self, value: Any) -> Any:
        text = super().get_prep_value(value)
        return encrypt(text, place=self.place) if text else text

    def from_db_value(self, value: str | None, *_: Any) -> str | None:
        return decrypt(value, place=self.place) if value else value
