"""The secrets of authenticator apps and recovery codes, encrypted per user inside allauth's JSON column.

allauth's adapter encrypts and decrypts a text without knowing its owner. So a row marks its strings with their owner
when it is loaded, and when it is saved, it binds newly encrypted strings to its user.
"""

from typing import Any

from allauth.mfa.models import Authenticator
from django.db.models.signals import post_init, pre_save

from crosschq.core.security import encryption

PLACE = "mfa_authenticator.data"
SECRET_TYPES = (Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES)


class Owned(str):
    """A stored secret and the owner it is bound to."""

    __slots__ = ("owner",)

    owner: str


class Unbound(str):
    """A secret of a row that isn't saved yet, so it is encrypted without an owner."""

    __slots__ = ()


def encrypt(text: str) -> str:
    return Unbound(encryption.encrypt(text, place=PLACE, owner=""))


def decrypt(stored: str) -> str:
    """Decrypt the secret. Raises Undecipherable, also for a secret copied from another user's row."""
    return encryption.decrypt(stored, place=PLACE, owner=getattr(stored, "owner", ""))


def owner_of(row: Authenticator) -> str | None:
    """The owner of the secrets of a row; None for a passkey, of which we hold only the public key."""
    return f"{row.type}/{row.user_id}" if row.type in SECRET_TYPES else None


def connect() -> None:
    post_init.connect(_mark, sender=Authenticator, dispatch_uid="mfa_secrets")
    pre_save.connect(_bind, sender=Authenticator, dispatch_uid="mfa_secrets")
    encryption.JSON_SECRETS.append(encryption.JsonSecrets("mfa.Authenticator", "data", owner_of))


def _mark(instance: Authenticator, **_: Any) -> None:
    if "data" not in instance.__dict__ or not instance.pk:
        return
    owner = owner_of(instance)
    if owner is not None:
        instance.data = _each(instance.data, lambda text: _owned(text, owner))


def _bind(instance: Authenticator, **_: Any) -> None:
    owner = owner_of(instance)
    if owner is None or "data" not in instance.__dict__:
        return

    def bound(text: str) -> str:
        if not isinstance(text, Unbound):
            return text
        return _owned(encryption.encrypt(decrypt(text), place=PLACE, owner=owner), owner)

    instance.data = _each(instance.data, bound)


def _owned(text: str, owner: str) -> Owned:
    owned = Owned(text)
    owned.owner = owner
    return owned


def _each(value: Any, change: Any) -> Any:
    """Return the same JSON with every string changed."""
    if isinstance(value, dict):
        return {key: _each(item, change) for key, item in value.items()}
    if isinstance(value, list):
        return [_each(item, change) for item in value]
    return change(value) if isinstance(value, str) else value
