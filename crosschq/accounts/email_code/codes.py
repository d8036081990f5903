"""One-time codes by email, for people without an account: a code for the page, then a pass for this browser.

Pages treat all addresses the same way: an address that can't open the page gets a row too, but no email.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import F

from crosschq.core import clock
from crosschq.core.database import locks
from crosschq.core.text.email_keys import address_key
from crosschq.tenancy import passes
from crosschq.tenancy.models import EmailCode, Organization

CODE_DIGITS = 6
CODE_LIFE = timedelta(minutes=10)
MAX_ATTEMPTS = 5
MAX_CODES_PER_HOUR = 5
# Addresses that can't open the page share this many rows an hour, so that guesses can't fill the table.
MAX_UNKNOWN_PER_HOUR = 100


@dataclass(frozen=True)
class Opener:
    """A person who may open the page: where a code for them goes, and how it is sent."""

    email: str
    send: Callable[[str], object]


@dataclass(frozen=True)
class CodePage:
    """A page that a code opens. `find_opener`: whose address this is, as typed, if they may open it."""

    organization: Organization
    about: UUID
    find_opener: Callable[[str], Opener | None]


def ask_for_code(page: CodePage, email: str) -> bool:
    """Email a code if the address can open the page. Returns whether it did, which no page may reveal.

    Call inside `tenant()`. Raises CapReached.
    """
    locks.hold(f"email_code:{page.about}")
    key, opener, now = address_key(email), page.find_opener(email), clock.now()
    hashed = _hash(page, key)
    lately = EmailCode.objects.filter(
        organization=page.organization, about=page.about, created_at__gt=now - timedelta(hours=1)
    )
    if lately.filter(address_hash=hashed).count() >= MAX_CODES_PER_HOUR:
        return False
    if opener is None and lately.filter(known=False).count() >= MAX_UNKNOWN_PER_HOUR:
        return False
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
    EmailCode.objects.create(
        organization=page.organization,
        about=page.about,
        known=opener is not None,
        address_hash=hashed,
        code_hash=_hash(page, f"{key} {code}"),
        created_at=now,
        expires_at=now + CODE_LIFE,
    )
    if opener is None:
        return False
    opener.send(code)
    return True


def redeem(page: CodePage, email: str, code: str) -> str | None:
    """Exchange a code for the token of a new pass. Call inside `tenant()`.

    Returns None if the code is wrong, used, or expired, after too many tries, or if the address can't open the page
    anymore.

    Only the newest code for an address counts, and only once. Each call counts as an attempt.
    """
    key = address_key(email)
    rows = EmailCode.objects.filter(organization=page.organization, about=page.about, address_hash=_hash(page, key))
    newest = rows.order_by("-created_at", "-id").first()
    if newest is None:
        return None
    live = EmailCode.objects.filter(pk=newest.pk, used_at=None, tries__lt=MAX_ATTEMPTS, expires_at__gt=clock.now())
    if not live.update(tries=F("tries") + 1):
        return None
    right = hmac.compare_digest(bytes(newest.code_hash), _hash(page, f"{key} {code.strip()}"))
    opener = page.find_opener(email)
    if not newest.known or opener is None or not right:
        return None
    if not EmailCode.objects.filter(pk=newest.pk, used_at=None).update(used_at=clock.now()):
        return None
    return passes.grant(page.organization, opener.email)


def _hash(page: CodePage, text: str) -> bytes:
    return hmac.digest(settings.SECRET_KEY.encode(), f"{page.about} {text}".encode(), hashlib.sha256)
