"""A request that a member starts manually, without an ATS: no note is written, and no application is followed."""

import uuid
from dataclasses import dataclass

from django.utils.translation import gettext as _

from crosschq.core.database import locks
from crosschq.core.database.address_keys import at_address
from crosschq.core.text.email_keys import exact_key
from crosschq.messaging.sending import suppression
from crosschq.tenancy import audit
from crosschq.tenancy.models import Organization, User
from requests_app.models import OPEN_STATES, ReferenceRequest
from requests_app.start.start import CandidateInfo, Origin, Owner, draft_request, start_request, wait_for_others
from templates_app.models import TemplateVersion

OPEN_SHOWN = 5


@dataclass(frozen=True)
class NewRequest:
    """What the member entered. `key` comes from the form: the same input with the same key is the same request."""

    key: uuid.UUID
    version: TemplateVersion
    candidate: CandidateInfo
    position: str
    owner: Owner
    personal_message: str


def draft(new: NewRequest, *, organization: Organization, actor: User) -> ReferenceRequest:
    """The request as it would start now. Stores nothing."""
    return draft_request(
        organization=organization,
        version=new.version,
        candidate=new.candidate,
        job_title=new.position,
        owner=new.owner,
        origin=_origin(actor),
        position=new.position,
        personal_message=new.personal_message,
    )


def send(new: NewRequest, *, organization: Organization, actor: User) -> ReferenceRequest:
    """Start the request, or return it if it was already started. Call inside `tenant()`. Raises CapReached."""
    uid = _uid(new, organization)
    # The second of two clicks waits here, and then finds the request of the first.
    locks.hold(f"request by hand: {uid}")
    started: ReferenceRequest | None = ReferenceRequest.objects.filter(uid=uid).first()
    if started is not None:
        return started
    started = start_request(
        organization=organization,
        version=new.version,
        candidate=new.candidate,
        job_title=new.position,
        owner=new.owner,
        origin=_origin(actor),
        position=new.position,
        personal_message=new.personal_message,
        uid=uid,
    )
    audit.record(organization=organization, actor=actor, action="request.start", after={"request": uid})
    return started


def was_sent(new: NewRequest, organization: Organization) -> bool:
    """Whether this request was already started, by the first of two clicks."""
    found: bool = ReferenceRequest.objects.filter(uid=_uid(new, organization)).exists()
    return found


def open_requests_for(email: str, organization: Organization) -> list[ReferenceRequest]:
    """The newest open requests for a candidate with this address. Until the transaction ends, no other one starts.

    Call inside `tenant()`.
    """
    wait_for_others(organization.pk, email)
    found = ReferenceRequest.objects.filter(at_address("candidate", email), state__in=OPEN_STATES, is_test=False)
    return list(found.order_by("-created_at", "-id")[:OPEN_SHOWN])


def why_no_email(email: str, organization: Organization) -> str:
    """Why we don't send to this address; empty if we do. Call inside `tenant()`."""
    reason = suppression.reason_for_email(organization, address=email)
    if reason is None:
        return ""
    return _("We don't send to this address. %(why)s") % {"why": reason.label}


def _uid(new: NewRequest, organization: Organization) -> uuid.UUID:
    # After Back and an edit, the same form sends another request.
    parts = (new.key, new.version.template_id, exact_key(new.candidate.email), new.position)
    return uuid.uuid5(organization.uid, " ".join(map(str, parts)))


def _origin(actor: User) -> Origin:
    return Origin(sentence=_("%(actor)s sent this request manually") % {"actor": actor})
