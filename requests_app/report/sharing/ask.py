"""Someone who can't open a report asks its owner for access. Nothing reveals whether an address can open it."""

from contextlib import suppress
from datetime import timedelta

from django.utils.translation import gettext as _

from crosschq.core import clock
from crosschq.core.security import throttle
from crosschq.core.text.email_keys import address_key, exact_key
from crosschq.messaging.sending import caps
from crosschq.messaging.sending.cap_refusals import rollback_if_refused
from crosschq.messaging.sending.caps import CapReached
from crosschq.tenancy import passes
from requests_app import timeline
from requests_app.models import Reader, ReaderRole, ReferenceRequest
from requests_app.notifications import send
from requests_app.report import access

# Per report, from all addresses together.
MOST_PER_DAY = 10
MOST_WAITING = 50
DAY_SECONDS = int(timedelta(days=1).total_seconds())


class TooManyAsks(Exception):
    """So many people asked for this report that its owner gets no further email today."""


def can_ask(reference_request: ReferenceRequest) -> bool:
    """Whether there is an owner to ask. A test belongs to the member who sent it."""
    return bool(reference_request.owner_email) and not reference_request.is_test


def ask(reference_request: ReferenceRequest, *, email: str, name: str, reason: str) -> bool:
    """Email the owner. Anyone who can already open the report gets its link instead.

    Returns False, and does nothing, if the address asked within a day. Call inside `tenant()`. Raises TooManyAsks.
    """
    uid, organization = reference_request.uid, reference_request.organization
    if throttle.tries("ask_access", f"{uid}") >= MOST_PER_DAY:
        raise TooManyAsks
    if not throttle.allowed("ask_access", f"{uid} {address_key(email)}", most=1, seconds=DAY_SECONDS):
        return False
    throttle.allowed("ask_access", f"{uid}", most=MOST_PER_DAY, seconds=DAY_SECONDS)
    access.hold_request(reference_request)
    try:
        with rollback_if_refused(organization, None):
            # Before we look at who it is: the answer must not depend on that.
            caps.check("access_asks", organization=organization, address=reference_request.owner_email)
            held = _held_by(reference_request, email)
            if not held:
                _pass_on(reference_request, email, name, reason)
    except CapReached as refused:
        raise TooManyAsks from refused
    if held:
        with suppress(CapReached), rollback_if_refused(organization, None):
            send.send_held_access(reference_request, to_email=held)
    return True


def _held_by(reference_request: ReferenceRequest, email: str) -> str:
    """The address that can open the report, as we know it; empty if it can't."""
    reader = access.reader_by_address(reference_request, email)
    if reader is not None:
        return reader.email
    organization = reference_request.organization
    is_open = not organization.reports_private and passes.is_member(organization, email)
    return exact_key(email) if is_open else ""


def _pass_on(reference_request: ReferenceRequest, email: str, name: str, reason: str) -> None:
    rows = Reader.objects.filter(reference_request=reference_request)
    if rows.exclude(asked_at=None).count() >= MOST_WAITING:
        raise TooManyAsks
    now = clock.now()
    reader = rows.filter(email_key=address_key(email)).first()
    if reader is None:
        reader = Reader(
            organization_id=reference_request.organization_id,
            reference_request=reference_request,
            name=name,
            email=email,
            email_key=address_key(email),
            role=ReaderRole.SHARED,
            expires_at=now,
        )
    reader.asked_at, reader.reason = now, reason
    reader.save()
    words = {"name": reader.name or reader.email, "email": reader.email}
    timeline.note(reference_request, _("%(name)s (%(email)s) asked for access to the report") % words)
    send.pass_on_ask(reference_request, reader)
