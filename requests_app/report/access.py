"""Who may open a request and its report without being a member: its owner, and the report's readers."""

import uuid
from typing import TYPE_CHECKING

from django.http import HttpRequest

from crosschq.core import clock
from crosschq.core.text.email_keys import address_key
from crosschq.tenancy import passes
from crosschq.tenancy.actor import EmailOwner
from requests_app.models import Reader, ReaderRole, ReferenceRequest

if TYPE_CHECKING:
    from django.db.models import QuerySet


def owner_of_request(uid: uuid.UUID, **_arguments: object) -> EmailOwner | None:
    """The owner of a request. None if it has none who may still open it. Call inside `tenant()`."""
    reader = _owner(Reader.objects.filter(reference_request__uid=uid).select_related("reference_request"))
    return EmailOwner(reader.name, reader.email, "reader", reader.uid) if reader else None


def current_readers(reference_request: ReferenceRequest) -> "QuerySet[Reader]":
    """The readers who can open the report now: not those whose invitation ended, or who only asked."""
    rows: QuerySet[Reader] = Reader.objects.filter(reference_request=reference_request)
    return rows.exclude(role=ReaderRole.SHARED, expires_at__lte=clock.now())


def is_owner(reference_request: ReferenceRequest, reader: Reader) -> bool:
    """Whether this reader owns the request now."""
    is_owners_address = reader.email_key == address_key(reference_request.owner_email)
    return reader.role == ReaderRole.OWNER and is_owners_address and not reference_request.is_test


def reader_by_address(reference_request: ReferenceRequest, email: str) -> Reader | None:
    """Who may read the report with this address, as typed."""
    found: Reader | None = current_readers(reference_request).filter(email_key=address_key(email)).first()
    return found


def reader_of_pass(request: HttpRequest, reference_request: ReferenceRequest) -> Reader | None:
    """The reader who holds this browser's pass, as long as they may read this report."""
    holder = passes.holder(request, reference_request.organization)
    if holder is None:
        return None
    return next(
        (
            each
            for each in current_readers(reference_request)
            if passes.holder_key(reference_request.organization, each.email) == holder
        ),
        None,
    )


def _owner(readers: "QuerySet[Reader]") -> Reader | None:
    """The reader who is the owner now. Tests belong to the member who sent them."""
    rows = readers.filter(role=ReaderRole.OWNER, reference_request__is_test=False)
    return next((row for row in rows if row.email_key == address_key(row.reference_request.owner_email)), None)
