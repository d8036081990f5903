"""The ways out that stand in every mail: not me, and no more e-mails about this request."""

import uuid
from dataclasses import dataclass

from django.utils.translation import gettext as _

from crosschq.core import links
from crosschq.messaging import phones, suppression
from crosschq.messaging.models import Channel, Reason
from crosschq.messaging.send import cancel_unsent

from . import mails, posting, reminders, timeline
from .lifecycle import NotNow, locked
from .models import EntryKind, Reference, ReferenceRequest


def not_the_candidate(request: ReferenceRequest) -> None:
    """Somebody else reads the candidate's address: it gets nothing more, its links end, and the owner is told.

    Raises NotNow where the request has ended.
    """
    request = locked(request.uid)
    if not request.is_open:
        raise NotNow
    cancel_unsent(about_kind="request", about_uid=request.uid)
    reminders.stop(request, None)
    links.revoke(subject=request.uid, purpose=posting.CANDIDATE)
    suppression.suppress(
        organization=request.organization,
        channel=Channel.EMAIL,
        address=request.candidate_email,
        reason=Reason.NOT_THEM,
    )
    sentence = _("The address of %(name)s belongs to somebody else, who told us so. Nothing is sent there anymore")
    timeline.note(request, sentence % {"name": request.candidate_name}, kind=EntryKind.ERROR)
    posting.tell_owner(request, "wrong_address", mails.owner_wrong_address(request, url=posting.staff_url(request)))


def stop_mails(request: ReferenceRequest, reference: Reference | None) -> None:
    """No more mails and texts about this request to the candidate, or to a reference. The link stays good."""
    request = locked(request.uid)
    if are_stopped(request, reference):
        return
    person = _person(request, reference)
    cancel_unsent(about_kind=person.kind, about_uid=person.uid)
    reminders.stop(request, reference)
    for channel, address in person.addresses:
        suppression.suppress(
            organization=request.organization,
            channel=channel,
            address=address,
            reason=Reason.STOPPED,
            about_uid=person.uid,
        )
    sentence = _("%(name)s wants no more e-mails about this request")
    timeline.note(request, sentence % {"name": person.name}, kind=EntryKind.WARN)


def allow_mails(request: ReferenceRequest, reference: Reference | None) -> None:
    """Take that back. Whoever is still waited for is reminded as if they were asked now."""
    request = locked(request.uid)
    if not are_stopped(request, reference):
        return
    person = _person(request, reference)
    for channel, address in person.addresses:
        suppression.lift(
            organization=request.organization,
            channel=channel,
            address=address,
            reason=Reason.STOPPED,
            about_uid=person.uid,
        )
    if reminders.is_waited_for(request, reference):
        reminders.plan(request, reference)
    timeline.note(request, _("%(name)s allows e-mails about this request again") % {"name": person.name})


def are_stopped(request: ReferenceRequest, reference: Reference | None) -> bool:
    person = _person(request, reference)
    return suppression.stands(
        organization=request.organization,
        channel=Channel.EMAIL,
        address=person.email,
        reason=Reason.STOPPED,
        about_uid=person.uid,
    )


@dataclass(frozen=True)
class _Person:
    """The candidate of a request, or one of its references, as messages know them."""

    kind: str
    uid: uuid.UUID
    name: str
    email: str
    phone: str

    @property
    def addresses(self) -> list[tuple[Channel, str]]:
        number = phones.textable_or_none(self.phone)
        return [(Channel.EMAIL, self.email), *([(Channel.TEXT, number)] if number else [])]


def _person(request: ReferenceRequest, reference: Reference | None) -> _Person:
    if reference is None:
        name, email, phone = request.candidate_name, request.candidate_email, request.candidate_phone
        return _Person("request", request.uid, name, email, phone)
    return _Person("reference", reference.uid, reference.name, reference.email, reference.phone)
