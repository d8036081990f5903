"""The report without an account: a one-time code to an address that may read it, then a pass for this browser.

Pages treat all addresses the same way: an unknown one gets a row too, but no email.
"""

import hashlib
import hmac
import secrets
from datetime import timedelta

from django.conf import settings
from django.db.models import F

from crosschq.core import clock
from crosschq.core.security import secret_links
from crosschq.core.text.email_keys import address_key
from requests_app.lifecycle import locked
from requests_app.models import Reader, ReferenceRequest, ReportCode
from requests_app.notifications import send

CODE_DIGITS = 6
CODE_LIFE = timedelta(minutes=10)
MAX_ATTEMPTS = 5
MAX_CODES_PER_HOUR = 5
# Addresses that may not read the report share this many rows an hour, so that guesses can't fill the table.
MAX_UNKNOWN_PER_HOUR = 100
PASS_DAYS = 30
PASS = "report_pass"  # noqa: S105 a purpose, not a password


def ask_for_code(reference_request: ReferenceRequest, email: str) -> bool:
    """Email a code if the address can read the report. Returns whether it did, which no page may reveal."""
    reference_request = locked(reference_request)
    key = address_key(email)
    reader: Reader | None = Reader.objects.filter(reference_request=reference_request, email_key=key).first()
    hashed = _hash(reference_request, key)
    now = clock.now()
    lately = ReportCode.objects.filter(reference_request=reference_request, created_at__gt=now - timedelta(hours=1))
    if lately.filter(address_hash=hashed).count() >= MAX_CODES_PER_HOUR:
        return False
    if reader is None and lately.filter(reader=None).count() >= MAX_UNKNOWN_PER_HOUR:
        return False
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
    ReportCode.objects.create(
        organization=reference_request.organization,
        reference_request=reference_request,
        reader=reader,
        address_hash=hashed,
        code_hash=_hash(reference_request, f"{key} {code}"),
        created_at=now,
        expires_at=now + CODE_LIFE,
    )
    if reader is None:
        return False
    send.send_code(reference_request, reader, code)
    return True


def redeem(reference_request: ReferenceRequest, email: str, code: str) -> str | None:
    """Exchange a code for the token of a new pass.

    Returns None if the code is wrong, used, or expired, or after too many tries.

    Only the newest code for an address counts, and only once. Each call counts as an attempt.
    """
    key = address_key(email)
    rows = ReportCode.objects.filter(reference_request=reference_request, address_hash=_hash(reference_request, key))
    newest = rows.order_by("-created_at", "-id").first()
    if newest is None:
        return None
    live = ReportCode.objects.filter(pk=newest.pk, used_at=None, tries__lt=MAX_ATTEMPTS, expires_at__gt=clock.now())
    if not live.update(tries=F("tries") + 1):
        return None
    right = hmac.compare_digest(bytes(newest.code_hash), _hash(reference_request, f"{key} {code.strip()}"))
    if newest.reader is None or not right:
        return None
    if not ReportCode.objects.filter(pk=newest.pk, used_at=None).update(used_at=clock.now()):
        return None
    return secret_links.mint(
        purpose=PASS, subject=newest.reader.uid, scope_key=reference_request.organization_id, days=PASS_DAYS
    )


def reader_of_pass(reference_request: ReferenceRequest, token: str) -> Reader | None:
    """The reader who holds this pass, as long as they may read this report."""
    link = secret_links.find(purpose=PASS, token=token)
    if link is None:
        return None
    reader: Reader | None = Reader.objects.filter(reference_request=reference_request, uid=link.subject).first()
    return reader


def _hash(reference_request: ReferenceRequest, text: str) -> bytes:
    return hmac.digest(settings.SECRET_KEY.encode(), f"{reference_request.uid} {text}".encode(), hashlib.sha256)
