"""The links at the end of every email: not me, and no more emails about this request."""

import uuid
from dataclasses import dataclass

from django.utils.translation import gettext as _

from crosschq.core.security import secret_links
from crosschq.messaging.content import phones
from crosschq.messaging.models import Channel, SuppressionReason
from crosschq.messaging.sending import suppression
from crosschq.messaging.sending.quiet_hours import country_of
from crosschq.messaging.sending.send import cancel_unsent
from requests_app import timeline
from requests_app.lifecycle import RequestMovedOn, locked
from requests_app.models import EntryKind, Reference, ReferenceRequest
from requests_app.notifications import email_content, send
from requests_app.reminders import plan


def report_wrong_address(reference_request: ReferenceRequest) -> None:
    """Stop sending to an address that isn't the candidate's, end its links, and notify the owner.

    Raises RequestMovedOn if the request has ended.
    """
    reference_request = locked(reference_request)
    if not reference_request.is_open:
        raise RequestMovedOn
    cancel_unsent(about_kind="request", about_uid=reference_request.uid)
    plan.stop(reference_request, None)
    secret_links.revoke(subject=reference_request.uid, purpose=send.CANDIDATE)
    suppression.suppress(
        organization=reference_request.organization,
        channel=Channel.EMAIL,
        address=reference_request.candidate_email,
        reason=SuppressionReason.NOT_THEM,
    )
    sentence = _("Someone told us that the address of %(name)s is theirs. We no longer send to this address")
    words = {"name": reference_request.candidate_name}
    timeline.note(reference_request, sentence % words, kind=EntryKind.ERROR, about=reference_request)
    send.notify_owner(
        reference_request,
        "wrong_address",
        email_content.owner_wrong_address(reference_request, url=send.staff_url(reference_request)),
    )


def stop_emails(reference_request: ReferenceRequest, reference: Reference | None) -> None:
    """Stop all messages about this request to the candidate or a reference. Their link still works."""
    reference_request = locked(reference_request)
    if is_opted_out(reference_request, reference):
        return
    person = _recipient(reference_request, reference)
    cancel_unsent(about_kind=person.kind, about_uid=person.uid)
    plan.stop(reference_request, reference)
    for channel, address in person.addresses:
        suppression.suppress(
            organization=reference_request.organization,
            channel=channel,
            address=address,
            reason=SuppressionReason.STOPPED,
            about_uid=person.uid,
        )
    sentence = _("%(name)s stopped emails about this request")
    about = reference or reference_request
    timeline.note(reference_request, sentence % {"name": person.name}, kind=EntryKind.WARN, about=about)


def allow_emails(reference_request: ReferenceRequest, reference: Reference | None) -> None:
    """Undo the opt-out. A person who hasn't answered gets reminders as if we had asked them now."""
    reference_request = locked(reference_request)
    if not is_opted_out(reference_request, reference):
        return
    person = _recipient(reference_request, reference)
    for channel, address in person.addresses:
        suppression.lift(
            organization=reference_request.organization,
            channel=channel,
            address=address,
            reason=SuppressionReason.STOPPED,
            about_uid=person.uid,
        )
    if plan.is_waited_for(reference_request, reference):
        plan.plan(reference_request, reference)
    sentence = _("%(name)s allowed emails about this request again")
    timeline.note(reference_request, sentence % {"name": person.name}, about=reference or reference_request)


def is_opted_out(reference_request: ReferenceRequest, reference: Reference | None) -> bool:
    person = _recipient(reference_request, reference)
    return suppression.is_suppressed(
        organization=reference_request.organization,
        channel=Channel.EMAIL,
        address=person.email,
        reason=SuppressionReason.STOPPED,
        about_uid=person.uid,
    )


@dataclass(frozen=True)
class _Recipient:
    """The recipient of messages: the candidate of a request, or one of its references."""

    kind: str
    uid: uuid.UUID
    name: str
    email: str
    phone: str

    @property
    def addresses(self) -> list[tuple[Channel, str]]:
        number = phones.textable_or_none(self.phone)
        return [(Channel.EMAIL, self.email), *([(Channel.TEXT, number)] if number else [])]


def _recipient(reference_request: ReferenceRequest, reference: Reference | None) -> _Recipient:
    if reference is None:
        name, email, phone = (
            reference_request.candidate_name,
            reference_request.candidate_email,
            phones.textable_or_none(
                reference_request.candidate_phone, country=country_of(reference_request.organization.time_zone)
            ),
        )
        return _Recipient("request", reference_request.uid, name, email, phone)
    return _Recipient("reference", reference.uid, reference.name, reference.email, reference.phone)
