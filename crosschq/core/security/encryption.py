"""Text encrypted at rest: AES-256-GCM with the key id as prefix, bound to the value's column and row.

Stored form: `<key id>.<base64 of nonce and ciphertext>`. The associated data is `table.column` and the row's owner (its
organization and uid), so a value copied into another column or row doesn't decrypt. The first key in FIELD_KEYS
encrypts, and all of them decrypt. After a key change, `manage.py rotate_keys` re-encrypts older values.
encryption_keys.py checks the keys of other processes.
"""

import base64
import binascii
import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.db.models.query_utils import DeferredAttribute

if TYPE_CHECKING:
    Text = models.TextField[str, str]
else:
    Text = models.TextField  # isn't generic at run time

log = structlog.get_logger(__name__)

NONCE_BYTES = 12  # NIST SP 800-38D, section 8.2
KEY_BYTES = 32
KEY_ID = re.compile(r"[A-Za-z0-9]{1,20}")


# A missing key affects every row, so the error is logged at most once in this many seconds.
ALARM_SECONDS = 60.0
_alarmed: dict[tuple[str, str, str], float] = {}


class Undecipherable(Exception):
    """None of our keys encrypted this value for this column and row."""


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
    """Return the ids of our keys. The first key encrypts."""
    return list(_keys(settings.FIELD_KEYS))


def primary_key_id() -> str:
    return key_ids()[0]


def encrypt(text: str, *, place: str, owner: str) -> str:
    """The stored form of a text. `place` is `table.column`; `owner` identifies the row."""
    key_id, key = next(iter(_keys(settings.FIELD_KEYS).items()))
    nonce = os.urandom(NONCE_BYTES)
    sealed = nonce + key.encrypt(nonce, text.encode(), _binding(place, owner))
    return f"{key_id}.{base64.b64encode(sealed).decode()}"


def decrypt(stored: str, *, place: str, owner: str) -> str:
    """The text. Raises MissingKey for an unknown key, Undecipherable for another column or row or a changed value."""
    key_id, _, encoded = stored.partition(".")
    key = _keys(settings.FIELD_KEYS).get(key_id)
    if key is None and KEY_ID.fullmatch(key_id):
        _alarm(place, key_id)
        raise MissingKey(f"{place}: the key “{key_id}” is not in FIELD_KEYS")
    if key is None:
        # Without a key id this may be plain text, which must not end up in an error message.
        _alarm(place, "", owner)
        raise Undecipherable(f"{place} of {owner}: it names no key")
    try:
        sealed = base64.b64decode(encoded, validate=True)
        return key.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _binding(place, owner)).decode()
    except (binascii.Error, InvalidTag, ValueError) as error:
        _alarm(place, key_id, owner)
        raise Undecipherable(f"{place} of {owner}: the stored value is damaged or belongs elsewhere") from error


def _binding(place: str, owner: str) -> bytes:
    return f"{place}\n{owner}".encode()


def _alarm(place: str, key_id: str, owner: str = "") -> None:
    """Log it. A damaged value is logged with its row, a missing key only once for its column."""
    now, what = time.monotonic(), (place, owner, key_id)
    if now - _alarmed.get(what, -ALARM_SECONDS) >= ALARM_SECONDS:
        for past in [each for each, at in _alarmed.items() if now - at >= ALARM_SECONDS]:
            del _alarmed[past]
        _alarmed[what] = now
        log.error("cannot_decrypt", place=place, row=owner, key=key_id, held=key_ids())


class Sealed(str):
    """A stored form, bound to its row. A row decrypts it when its attribute is read."""

    __slots__ = ()


class SealedAttribute(DeferredAttribute):
    """Decrypts a value when it is first read, so a row can be used without the keys of the values that nobody reads."""

    field: "EncryptedTextField"

    def __get__(self, row: Any, owner: Any = None) -> Any:
        value = super().__get__(row, owner)
        if isinstance(value, Sealed):
            value = row.__dict__[self.field.attname] = self.field.open(row, value)
        return value

    def __set__(self, row: Any, value: Any) -> None:
        row.__dict__[self.field.attname] = value


class EncryptedTextField(Text):
    """A text that is stored encrypted, in a table with `organization` and `uid`. An empty text stays empty.

    A queryset has no row to bind a value to, so `update()` accepts only what `seal` returns. The columns in OWNER must
    never change.
    """

    OWNER = ("organization", "uid")
    descriptor_class = SealedAttribute

    @property
    def place(self) -> str:
        return f"{self.model._meta.db_table}.{self.column}"

    def seal(self, row: models.Model, text: str) -> str:
        """The stored form of a text for this row."""
        if not text or isinstance(text, Sealed):
            return text
        return Sealed(encrypt(text, place=self.place, owner=_owner(row)))

    def open(self, row: models.Model, stored: str) -> str:
        """The text of a stored form. Raises Undecipherable."""
        return decrypt(stored, place=self.place, owner=_owner(row))

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        return self.seal(model_instance, super().pre_save(model_instance, add))

    def get_prep_value(self, value: Any) -> Any:
        if value and not isinstance(value, Sealed):
            raise TypeError(f"{self.place}: a queryset can't encrypt. Save the row, or pass what sealed() returns.")
        return super().get_prep_value(value)

    def from_db_value(self, value: str | None, *_: Any) -> str | None:
        return Sealed(value) if value else value


def _owner(row: Any) -> str:
    return f"{row.organization_id or ''}/{row.uid}"


def sealed(row: models.Model, changes: dict[str, Any]) -> dict[str, Any]:
    """A row's changes in the form that `update()` accepts: encrypted columns are already encrypted."""
    fields = {name: row._meta.get_field(name) for name in changes}
    return {
        name: field.seal(row, changes[name]) if isinstance(field, EncryptedTextField) else changes[name]
        for name, field in fields.items()
    }


@dataclass(frozen=True)
class JsonSecrets:
    """A library's JSON column whose strings are encrypted. `owner` is None for a row that holds no secrets."""

    label: str
    column: str
    owner: Callable[[Any], str | None]


# Filled by the apps when they load; rotate_keys reads it.
JSON_SECRETS: list[JsonSecrets] = []
