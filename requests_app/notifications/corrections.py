"""New links and corrected addresses. Correcting an address ends the old links immediately."""

import uuid
from datetime import timedelta

from django.utils.translation import gettext as _

from crosschq.core import clock
from crosschq.core.security import secret_links
from crosschq.core.text.email_keys import address_key
from crosschq.messaging.models import Channel, Message, SuppressionReason
from crosschq.messaging.sending.send import cancel_unsent
from crosschq.messaging.sending.suppression import lift
from requests_app import timeline
from requests_app.candidate.nominate import AddressRefused, check_address, comparison_key
from requests_app.lifecycle import NotPossible, RequestMovedOn, locked, move_reference
from requests_app.models import Reference, ReferenceRequest, ReferenceState, RequestState
from requests_app.notifications import send
from requests_app.reminders import plan

RESEND_INTERVAL = timedelta(minutes=10)


def resend_to_candidate(reference_request: ReferenceRequest, *, actor: str) -> None:
    """Email the candidate a new link; earlier links still work. Raises RequestMovedOn if the request has ended."""
    reference_request = locked(reference_request)
    if not reference_request.is_open:
        raise RequestMovedOn
    send.send_candidate_new_link(reference_request)
    sentence = _("%(actor)s sent %(name)s a new link") % _who(actor, reference_request.candidate_name)
    timeline.note(reference_request, sentence, about=reference_request)


def resend_to_reference(reference_request: ReferenceRequest, reference: Reference, *, actor: str) -> None:
    """Like `resend_to_candidate`, for a reference."""
    reference_request = locked(reference_request)
    _require_invited(reference_request, reference)
    send.send_reference_new_link(reference_request, reference)
    sentence = _("%(actor)s sent %(name)s a new link") % _who(actor, reference.name)
    timeline.note(reference_request, sentence, about=reference)


def copy_candidate_link(reference_request: ReferenceRequest, *, actor: str) -> str:
    """Create another link for the candidate, for a member to pass on. Raises NotPossible if the request has ended."""
    reference_request = locked(reference_request)
    if not reference_request.is_open:
        raise NotPossible(_("The request has ended, so there is no link to copy."))
    sentence = _("%(actor)s copied the link for %(name)s")
    timeline.note(reference_request, sentence % _who(actor, reference_request.candidate_name), about=reference_request)
    return send.candidate_url(reference_request)


def correct_candidate_address(reference_request: ReferenceRequest, email: str, *, actor: str) -> None:
    """Send the invitation to another address of the candidate.

    Raises RequestMovedOn if the request has ended or is a test, AddressRefused if a reference has that address.
    """
    reference_request = locked(reference_request)
    # A test request emails only the confirmed address of the member who sent it.
    if not reference_request.is_open or reference_request.is_test:
        raise RequestMovedOn
    key = address_key(email)
    taken = (
        Reference.objects.filter(reference_request=reference_request, email_key=key)
        .exclude(state=ReferenceState.REPLACED)
        .first()
    )
    if taken is not None:
        raise AddressRefused(_("This is the address of the reference %(name)s.") % {"name": taken.name})
    _lift_bounce(reference_request, email)
    ReferenceRequest.objects.filter(pk=reference_request.pk).update(candidate_email=email)
    reference_request.candidate_email = email
    secret_links.revoke(subject=reference_request.uid, purpose=send.CANDIDATE)
    cancel_unsent(about_kind="request", about_uid=reference_request.uid)
    if reference_request.state == RequestState.SENT:
        send.invite_candidate(reference_request)
    else:
        send.send_candidate_new_link(reference_request)
    if plan.is_waited_for(reference_request, None):
        plan.plan(reference_request)
    sentence = _("%(actor)s corrected the address of %(name)s. The old link no longer works, and we sent a new one")
    timeline.note(reference_request, sentence % _who(actor, reference_request.candidate_name), about=reference_request)


def correct_reference_address(
    reference_request: ReferenceRequest, reference: Reference, email: str, *, actor: str, by_candidate: bool = False
) -> None:
    """Send the invitation to another address of the reference.

    Raises RequestMovedOn if the reference answered, declined, or was replaced, and AddressRefused like
    nominate.check_address.
    """
    reference_request = locked(reference_request)
    reference = _require_invited(reference_request, reference)
    check_address(reference_request, email, besides=reference, by_candidate=by_candidate)
    _lift_bounce(reference_request, email)
    secret_links.revoke(subject=reference.uid)
    cancel_unsent(about_kind="reference", about_uid=reference.uid)
    plan.stop(reference_request, reference)
    corrected = _with_address(reference_request, reference, email, from_staff=not by_candidate)
    send.invite_reference(reference_request, corrected)
    plan.plan(reference_request, corrected)
    plan.stop_if_all_invited(reference_request)
    sentence = _("%(actor)s corrected the address of %(name)s. The old link no longer works, and we sent a new one")
    timeline.note(reference_request, sentence % _who(actor, reference.name), about=reference)


def requested_link_for_candidate(reference_request: ReferenceRequest) -> bool:
    """Send the new link that someone asked for on an expired link's page.

    It goes only to the address on file, at most every ten minutes.
    """
    reference_request = locked(reference_request)
    shows = reference_request.has_report and reference_request.candidate_sees_answers
    if not (reference_request.is_open or shows) or _sent_recently(reference_request.uid):
        return False
    if shows:
        send.send_answers_link(reference_request, asked_for=True)
    else:
        send.send_candidate_new_link(reference_request)
    sentence = _("%(name)s asked for a new link") % {"name": reference_request.candidate_name}
    timeline.note(reference_request, sentence, about=reference_request)
    return True


def requested_link_for_reference(reference_request: ReferenceRequest, reference: Reference) -> bool:
    reference_request = locked(reference_request)
    waits = reference_request.state == RequestState.WAITING_FOR_REFERENCES
    if not waits or not _refreshed(reference).is_reachable or _sent_recently(reference.uid):
        return False
    send.send_reference_new_link(reference_request, reference)
    sentence = _("%(name)s asked for a new link") % {"name": reference.name}
    timeline.note(reference_request, sentence, about=reference)
    return True


def _lift_bounce(reference_request: ReferenceRequest, email: str) -> None:
    """Forget an earlier bounce, because a member confirmed this address."""
    lift(
        organization=reference_request.organization,
        channel=Channel.EMAIL,
        address=email,
        reason=SuppressionReason.BOUNCED,
    )


def _require_invited(reference_request: ReferenceRequest, reference: Reference) -> Reference:
    current = _refreshed(reference)
    if reference_request.state != RequestState.WAITING_FOR_REFERENCES or not current.is_reachable:
        raise RequestMovedOn
    return current


def _with_address(
    reference_request: ReferenceRequest, reference: Reference, email: str, *, from_staff: bool
) -> Reference:
    """Return the reference at the new address: a new row if they started, because someone else may have answered."""
    if move_reference(reference, ReferenceState.REPLACED, only_from=ReferenceState.STARTED, finished_at=clock.now()):
        reference = Reference(
            organization_id=reference.organization_id,
            reference_request_id=reference.reference_request_id,
            slot=reference.slot,
            name=reference.name,
            relationship=reference.relationship,
            company=reference.company,
            years=reference.years,
            state=ReferenceState.INVITED,
            invited_at=clock.now(),
        )
    reference.email, reference.email_key = email, comparison_key(reference_request, email)
    reference.address_from_staff = from_staff
    reference.save()
    return reference


def _refreshed(reference: Reference) -> Reference:
    current: Reference = Reference.objects.get(pk=reference.pk)
    return current


def _sent_recently(uid: uuid.UUID) -> bool:
    since = clock.now() - RESEND_INTERVAL
    found: bool = Message.objects.filter(about_uid=uid, created_at__gt=since, kind__endswith="_link").exists()
    return found


def _who(actor: str, name: str) -> dict[str, str]:
    return {"actor": actor, "name": name}
