"""Text encrypted at rest: AES-256-GCM with the key id as prefix, bound to the value's column.

Stored form: `<key id>.<base64 of nonce and ciphertext>`. The associated data is `table.column`, so a value copied into
another column doesn't decrypt. The first key in FIELD_KEYS encrypts, and all of them decrypt. After a key change,
`manage.py rotate_keys` re-encrypts older values. encryption_keys.py checks the keys of other processes.
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
    Text = models.TextField  # isn't generic at run time

log = structlog.get_logger(__name__)

NONCE_BYTES = 12  # NIST SP 800-38D, section 8.2
KEY_BYTES = 32
KEY_ID = re.compile(r"[A-Za-z0-9]{1,20}")


# Every row runs into a missing key, so the error is logged at most once in this many seconds.
ALARM_SECONDS = 60.0
_alarmed: dict[tuple[str, str], float] = {}


class Undecipherable(Exception):
    """None of our keys encrypted this value for this column."""


class MissingKey(Undecipherable):
    """The key isn't in FIELD_KEYS. The value is readable again once it is."""


@cache
def _keys(listed: str) -> dict[str, AESGCM]:
    keys: dict[str, AESGCM] = {}
    for part in filter(None, (p.strip() for p in listed.split(","))):
        key_id, _, encoded = part.partition(":")
        # Only after this check may errors contain the id: in a list without ids, this part is a key.
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
    """Returns the ids of our keys. The first key encrypts."""
    return list(_keys(settings.FIELD_KEYS))


def primary_key_id() -> str:
    return key_ids()[0]


def encrypt(text: str, *, place: str) -> str:
    key_id, key = next(iter(_keys(settings.FIELD_KEYS).items()))
    nonce = os.urandom(NONCE_BYTES)
    sealed = nonce + key.encrypt(nonce, text.encode(), place.encode())
    return f"{key_id}.{base64.b64encode(sealed).decode()}"


def decrypt(stored: str, *, place: str) -> str:
    """Decrypt the text. Raises MissingKey for an unknown key, Undecipherable for another column or a changed value."""
    key_id, _, encoded = stored.partition(".")
    key = _keys(settings.FIELD_KEYS).get(key_id)
    if key is None and KEY_ID.fullmatch(key_id):
        _alarm(place, key_id)
        raise MissingKey(f"{place}: the key “{key_id}” is not in FIELD_KEYS")
    if key is None:
        # Without a key id this may be plain text, which must not end up in an error message.
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
    """Text that is stored encrypted. An empty text stays empty."""

    @property
    def place(self) -> str:
        return f"{self.model._meta.db_table}.{self.column}"

    def get_prep_value(self, value: Any) -> Any:
        text = super().get_prep_value(value)
        return encrypt(text, place=self.place) if text else text

    def from_db_value(self, value: str | None, *_: Any) -> str | None:
        return decrypt(value, place=self.place) if value else value
