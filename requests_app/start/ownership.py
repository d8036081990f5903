"""Requests change hands: one, or all of an owner who leaves. Call everything inside `tenant(organization)`."""

from collections.abc import Collection
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from crosschq.core import clock
from crosschq.core.text.email_keys import address_key
from requests_app import timeline
from requests_app.lifecycle import NotPossible, locked
from requests_app.models import (
    OPEN_STATES,
    SLOT_HOLDERS,
    EntryKind,
    Reader,
    ReaderRole,
    Reference,
    ReferenceRequest,
    TimelineEntry,
)
from requests_app.notifications import email_content, send
from requests_app.start.start import Owner

if TYPE_CHECKING:
    from django.db.models import QuerySet


def open_requests_of(email: str) -> "QuerySet[ReferenceRequest]":
    """Open requests whose owner has this address, except tests, which belong only to their sender."""
    # The key has an index; a tag or dots make another owner.
    own = ReferenceRequest.objects.filter(owner_key=address_key(email), owner_email__iexact=email)
    return own.filter(state__in=OPEN_STATES, is_test=False)


def open_requests_with(keys: Collection[str]) -> "QuerySet[ReferenceRequest]":
    """Open requests whose owner's address has one of these keys, except tests."""
    own: QuerySet[ReferenceRequest] = ReferenceRequest.objects.filter(
        owner_key__in=keys, state__in=OPEN_STATES, is_test=False
    )
    return own


def open_owners(keys: Collection[str]) -> list[str]:
    """The addresses with these keys that own open requests, as spelled there."""
    return list(open_requests_with(keys).order_by().values_list("owner_email", flat=True).distinct())


def hand_over(*, from_email: str, to_name: str, to_email: str, actor: str) -> int:
    """Give all open requests of an address to another owner. Returns how many there were.

    From then on, emails go to the new owner, and the old address no longer opens their reports.
    """
    requests = list(open_requests_of(from_email).select_for_update(of=("self",), no_key=True).order_by("pk"))
    rule = _("Handed over by %(actor)s") % {"actor": actor}
    ReferenceRequest.objects.filter(pk__in=[reference_request.pk for reference_request in requests]).update(
        owner_name=to_name, owner_email=to_email, owner_rule=rule
    )
    _let_read(requests, from_email=from_email, to_name=to_name, to_email=to_email)
    sentence = _("%(actor)s made %(name)s the owner") % {"actor": actor, "name": to_name}
    TimelineEntry.objects.bulk_create(
        TimelineEntry(
            organization_id=reference_request.organization_id,
            reference_request=reference_request,
            sentence=sentence,
            kind=EntryKind.INFO,
            at=clock.now(),
        )
        for reference_request in requests
    )
    return len(requests)


def change_owner(
    reference_request: ReferenceRequest, owner: Owner, *, actor: str, email_them: bool, email_former: bool = False
) -> None:
    """Give one request to another owner: emails and access to the report follow. Raises NotPossible, and CapReached.

    email_them: tell the new owner, unless they did it themselves. email_former: tell the one who loses access.
    """
    reference_request = locked(reference_request)
    refuse_owner(reference_request, owner)
    before = reference_request.owner_email
    if email_former and before:
        email = email_content.owner_replaced(reference_request, name=owner.name, actor=actor)
        send.notify_owner(reference_request, "owner_replaced", email)
    fields = {"owner_name": owner.name, "owner_email": owner.email, "owner_rule": owner.rule}
    ReferenceRequest.objects.filter(pk=reference_request.pk).update(**fields)
    reference_request.owner_name, reference_request.owner_email = owner.name, owner.email
    _let_read([reference_request], from_email=before, to_name=owner.name, to_email=owner.email)
    timeline.note(reference_request, _("%(actor)s made %(name)s the owner") % {"actor": actor, "name": owner.name})
    if email_them:
        email = email_content.owner_changed(reference_request, url=send.staff_url(reference_request))
        send.notify_owner(reference_request, "owner_changed", email)


def reason_against_owner(from_email: str, to_name: str, to_email: str) -> str:
    """Why `hand_over` mustn't give them the open requests of an address; empty if it may."""
    key, owned = address_key(to_email), open_requests_of(from_email)
    if key in map(address_key, owned.order_by().values_list("candidate_email", flat=True)):
        return _("%(name)s is the candidate of one of these requests. Choose someone else.") % {"name": to_name}
    held = Reference.objects.filter(reference_request__in=owned, state__in=SLOT_HOLDERS, email_key=key)
    if held.exists():
        return _("%(name)s is a reference in one of these requests. Choose someone else.") % {"name": to_name}
    return ""


def refuse_owner(reference_request: ReferenceRequest, owner: Owner) -> None:
    """Raise NotPossible if they can't own the request."""
    key = address_key(owner.email)
    if reference_request.is_test:
        raise NotPossible(_("A test belongs to the person who sent it."))
    if key == address_key(reference_request.owner_email):
        raise NotPossible(_("%(name)s already owns this request.") % {"name": owner.name})
    if key == address_key(reference_request.candidate_email):
        raise NotPossible(_("The candidate can't own their own request."))
    held = Reference.objects.filter(reference_request=reference_request, state__in=SLOT_HOLDERS)
    if held.filter(email_key=key).exists():
        raise NotPossible(_("A reference can't own a request that they were named in."))


def close_reports(email: str) -> None:
    """End an address's access to finished reports as their owner, even with a code or pass.

    It still owns open requests unless they are handed over, since someone has to get their emails.
    """
    finished = Reader.objects.filter(email_key=address_key(email), role=ReaderRole.OWNER)
    finished.exclude(reference_request__state__in=OPEN_STATES).delete()


def _let_read(requests: list[ReferenceRequest], *, from_email: str, to_name: str, to_email: str) -> None:
    rows = Reader.objects.filter(reference_request__in=requests)
    rows.filter(email_key=address_key(from_email), role=ReaderRole.OWNER).delete()
    # A reader's address may have another "+tag", which can be another mailbox. Codes go to the owner's.
    rows.filter(email_key=address_key(to_email)).update(
        role=ReaderRole.OWNER, name=to_name, email=to_email, expires_at=None, asked_at=None, reason=""
    )
    Reader.objects.bulk_create(
        (
            Reader(
                organization_id=reference_request.organization_id,
                reference_request=reference_request,
                name=to_name,
                email=to_email,
                email_key=address_key(to_email),
                role=ReaderRole.OWNER,
            )
            for reference_request in requests
        ),
        ignore_conflicts=True,
    )
