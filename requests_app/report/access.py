"""Who may open a request and its report: its owner and the report's readers, and members unless reports are private.

Every page that shows answers to staff asks `can_open`, and every page for readers looks in `current_readers`.
"""

import uuid
from typing import TYPE_CHECKING

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q
from django.db.models.functions import JSONObject
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from crosschq.core import clock
from crosschq.core.text.email_keys import address_key, exact_key
from crosschq.tenancy import passes
from crosschq.tenancy.access import MemberRequest
from crosschq.tenancy.actor import EmailOwner
from crosschq.tenancy.models import Membership, Organization, Role
from crosschq.tenancy.scope import current_organization
from requests_app.lifecycle import NotPossible
from requests_app.models import Reader, ReaderRole, ReferenceRequest

if TYPE_CHECKING:
    from django.db.models import QuerySet

# What a page and the audit log say about the owner.
_OF_OWNER = ("id", "organization_id", "uid", "name", "email", "email_key", "role")


def owner_of_request(
    uid: uuid.UUID, *, request: MemberRequest | None = None, **_arguments: object
) -> EmailOwner | None:
    """The owner of a request. None if there is none who can still open it. Call inside `tenant()`."""
    found = _read(uid)
    if request is not None:
        request.opened = found
    reader = owner_reader(found) if found else None
    return EmailOwner(reader.name, reader.email, "reader", reader.uid) if reader else None


def opened(request: MemberRequest, uid: uuid.UUID) -> ReferenceRequest:
    """The request that a page is about, with what says who can open it. Raises Http404. Call inside `tenant()`."""
    found: ReferenceRequest | None = request.opened or _read(uid)
    if found is None:
        raise Http404(_("This request doesn't exist."))
    return found


def _read(uid: uuid.UUID) -> ReferenceRequest | None:
    """The request, with its readers in the same query."""
    related = ("organization", "version__survey_version__survey", "version__template", "connection")
    readers = Reader.objects.filter(reference_request=OuterRef("pk")).order_by("pk")
    owners = readers.filter(role=ReaderRole.OWNER).values(row=JSONObject(**{name: name for name in _OF_OWNER}))
    rows = ReferenceRequest.objects.select_related(*related).annotate(read_owners=ArraySubquery(owners))
    organization = current_organization()
    if organization.reports_private:
        rows = rows.annotate(read_readers=ArraySubquery(_current(readers, organization).values("email")))
    return rows.filter(uid=uid).first()


def owner_reader(reference_request: ReferenceRequest) -> Reader | None:
    """The reader who is the owner now, of a request that `opened` returned. Tests belong to who sent them."""
    if reference_request.is_test:
        return None
    key = address_key(reference_request.owner_email)
    rows = reference_request.read_owners  # type: ignore[attr-defined]  # annotated
    return next(
        (
            Reader(reference_request=reference_request, **{**row, "uid": uuid.UUID(row["uid"])})
            for row in rows
            if row["email_key"] == key
        ),
        None,
    )


def current_readers(reference_request: ReferenceRequest) -> "QuerySet[Reader]":
    """The readers who can open the report now: not those whose time is over, or who only asked.

    The job's hiring team isn't named by anyone here, so it can't open a private report until the owner shares it.
    """
    rows: QuerySet[Reader] = Reader.objects.filter(reference_request=reference_request)
    return _current(rows, reference_request.organization)


def _current(rows: "QuerySet[Reader]", organization: Organization) -> "QuerySet[Reader]":
    is_over = Q(expires_at__lte=clock.now())
    if organization.reports_private:
        of_team = Q(role=ReaderRole.HIRING_TEAM)
        return rows.exclude(is_over).exclude(of_team, expires_at=None)
    return rows.exclude(is_over, role__in=(ReaderRole.SHARED, ReaderRole.HIRING_MANAGER))


def hold_request(reference_request: ReferenceRequest) -> None:
    """Lock the request, so that changes to its readers and an erasure wait for each other. Call inside `tenant()`.

    Raises Http404 if the request was just erased.
    """
    rows = ReferenceRequest.objects.select_for_update(of=("self",), no_key=True).filter(pk=reference_request.pk)
    if rows.values_list("pk").first() is None:
        raise Http404(_("This request doesn't exist."))


def can_open(request: MemberRequest, reference_request: ReferenceRequest) -> bool:
    """Whether the person may open the report, the answers so far, and the PDF. Call inside `tenant()`."""
    if not reference_request.organization.reports_private or owns(request, reference_request):
        return True
    readers = getattr(reference_request, "read_readers", None)  # see `opened`
    if readers is None:
        readers = current_readers(reference_request).values_list("email", flat=True)
    return exact_key(request.actor.email) in {exact_key(email) for email in readers}


def owns(request: MemberRequest, reference_request: ReferenceRequest) -> bool:
    return exact_key(request.actor.email) == exact_key(reference_request.owner_email)


def may_change_owner(reference_request: ReferenceRequest, membership: Membership) -> bool:
    """Whether this member can give the request to someone else, who could then open its private report."""
    if not reference_request.organization.reports_private:
        return True
    is_owner = exact_key(membership.user.email) == exact_key(reference_request.owner_email)
    return is_owner or membership.may(Role.ADMIN)


def check_link_may_be_taken(
    request: MemberRequest, reference_request: ReferenceRequest, *, shows_answers: bool
) -> None:
    """Raise NotPossible if a link that the person would get leads to answers of a private report."""
    if reference_request.organization.reports_private and shows_answers and not owns(request, reference_request):
        words = {"owner": reference_request.owner_name or reference_request.owner_email}
        raise NotPossible(
            _("Reports are private here, and this link leads to answers. Only %(owner)s can do this.") % words
        )


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
