"""Secret links: the token is in somebody's mail, only its hash is here.

A link is not spent by opening. It ends by time, or when it is revoked.
"""

import hashlib
import secrets
import uuid
from datetime import datetime, timedelta

from crosschq.core import clock
from crosschq.core.models import SecretLink

TOKEN_BYTES = 24  # 192 bits


def hash_token(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def mint(*, purpose: str, subject: uuid.UUID, scope_key: int, days: int) -> str:
    """A new token for one purpose and subject; earlier ones stay good until they end or are revoked."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    SecretLink.objects.create(
        token_hash=hash_token(token),
        purpose=purpose,
        subject=subject,
        scope_key=scope_key,
        expires_at=clock.now() + timedelta(days=days),
    )
    return token


def find(*, purpose: str, token: str) -> SecretLink | None:
    """The live link of this token, or None: unknown, ended and revoked look the same from outside."""
    link = SecretLink.objects.filter(token_hash=hash_token(token), purpose=purpose, revoked_at=None).first()
    return link if link and link.expires_at > clock.now() else None


def find_ended(*, purpose: str, token: str) -> SecretLink | None:
    """The link of a token that was good once: its subject may be told by mail, never on the page."""
    link = SecretLink.objects.filter(token_hash=hash_token(token), purpose=purpose).first()
    return link if link and (link.revoked_at or link.expires_at <= clock.now()) else None


def extend(*, subject: uuid.UUID, purpose: str, until: datetime) -> int:
    """Let the live links of a subject last until then at least; what has ended stays ended. Returns how many."""
    live = SecretLink.objects.filter(subject=subject, purpose=purpose, revoked_at=None, expires_at__gt=clock.now())
    return live.filter(expires_at__lt=until).update(expires_at=until)


def revoke(*, subject: uuid.UUID, purpose: str | None = None) -> int:
    """End every live link of a subject (of one purpose, or of all). Returns how many ended."""
    links = SecretLink.objects.filter(subject=subject, revoked_at=None)
    if purpose:
        links = links.filter(purpose=purpose)
    return links.update(revoked_at=clock.now())
