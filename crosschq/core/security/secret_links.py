"""Secret links: the email contains the token, and we store only its hash.

Opening a link doesn't use it up. It ends when it expires or is revoked.
"""

import hashlib
import secrets
import uuid
from datetime import datetime, timedelta
from typing import TypeVar

from django.db.models import Model

from crosschq.core import clock
from crosschq.core.models import SecretLink

TOKEN_BYTES = 24  # 192 bits
WITH_SCOPE = """
SELECT scope.*, link.id AS link_id, link.subject AS link_subject, link.created_at AS link_created_at,
    link.expires_at AS link_expires_at
FROM core_secretlink link JOIN {table} scope ON scope.id = link.scope_key
WHERE link.token_hash = %s AND link.purpose = %s AND link.revoked_at IS NULL
"""
Scope = TypeVar("Scope", bound=Model)


def hash_token(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def mint(*, purpose: str, subject: uuid.UUID, scope_key: int, days: int) -> str:
    """Create a token for one purpose and subject. Earlier tokens stay valid until they expire or are revoked."""
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
    """Find the valid link for this token. Returns None if it is unknown, expired, or revoked."""
    link = SecretLink.objects.filter(token_hash=hash_token(token), purpose=purpose, revoked_at=None).first()
    return link if link and link.expires_at > clock.now() else None


def find_with_scope(scope: type[Scope], *, purpose: str, token: str) -> tuple[SecretLink, Scope] | None:
    """Like `find`, together with the row that `scope_key` names, in one statement that Django needn't compose."""
    hashed = hash_token(token)
    for row in scope._default_manager.raw(WITH_SCOPE.format(table=scope._meta.db_table), [hashed, purpose]):
        found = vars(row)
        link = SecretLink(
            pk=found.pop("link_id"),
            token_hash=hashed,
            purpose=purpose,
            subject=found.pop("link_subject"),
            scope_key=row.pk,
            created_at=found.pop("link_created_at"),
            expires_at=found.pop("link_expires_at"),
        )
        return (link, row) if link.expires_at > clock.now() else None
    return None


def find_ended(*, purpose: str, token: str) -> SecretLink | None:
    """Find the expired or revoked link for a token. Reveal its subject only by email, never on the page."""
    link = SecretLink.objects.filter(token_hash=hash_token(token), purpose=purpose).first()
    return link if link and (link.revoked_at or link.expires_at <= clock.now()) else None


def extend(*, subject: uuid.UUID, purpose: str, until: datetime) -> int:
    """Extend the valid links of a subject at least until `until`. Returns how many changed."""
    live = SecretLink.objects.filter(subject=subject, purpose=purpose, revoked_at=None, expires_at__gt=clock.now())
    return live.filter(expires_at__lt=until).update(expires_at=until)


def revoke(*, subject: uuid.UUID, purpose: str | None = None) -> int:
    """Revoke the links of a subject, for one purpose or for all. Returns how many."""
    links = SecretLink.objects.filter(subject=subject, revoked_at=None)
    if purpose:
        links = links.filter(purpose=purpose)
    return links.update(revoked_at=clock.now())
