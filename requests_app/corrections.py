"""Fresh links and corrected addresses. A corrected address ends the old links at once."""

import uuid
from datetime import timedelta

from django.utils.translation import gettext as _

from crosschq.core import clock, links
from crosschq.messaging.models import Channel, Message, Reason
from crosschq.messaging.send import cancel_unsent
from crosschq.messaging.suppression import lift

from . import posting, reminders, timeline
from .addresses import address_key
from .lifecycle import NotNow, locked, move_reference
from .models import Reference, ReferenceRequest, ReferenceState, RequestState
from .naming import AddressRefused, check_address, compared

FRESH_LINK_EVERY = timedelta(minutes=10)


def resend_to_candidate(request: ReferenceRequest, *, actor: str) -> None:
    """Mail the candidate a fresh link; earlier ones stay good. Raises NotNow where the request has ended."""
    request = locked(request.uid)
    if not request.is_open:
        raise NotNow
    posting.send_candidate_fresh_link(request)
    timeline.note(request, _("%(actor)s sent %(name)s a fresh link") % _who(actor, request.candidate_name))


def resend_to_reference(request: ReferenceRequest, reference: Reference, *, actor: str) -> None:
    """The same for a reference."""
    request = locked(request.uid)
    _still_asked(request, reference)
    posting.send_reference_fresh_link(request, reference)
    timeline.note(request, _("%(actor)s sent %(name)s a fresh link") % _who(actor, reference.name))


def correct_candidate_address(request: ReferenceRequest, email: str, *, actor: str) -> None:
    """Raises NotNow where the request has ended or is a test, AddressRefused where a reference has that address."""
    request = locked(request.uid)
    # A test's one address is confirmed: no other may be written to.
    if not request.is_open or request.is_test:
        raise NotNow
    key = address_key(email)
    taken = Reference.objects.filter(request=request, email_key=key).exclude(state=ReferenceState.REPLACED).first()
    if taken is not None:
        raise AddressRefused(_("This is the address of the reference %(name)s.") % {"name": taken.name})
    _believe(request, email)
    ReferenceRequest.objects.filter(pk=request.pk).update(candidate_email=email)
    request.candidate_email = email
    links.revoke(subject=request.uid, purpose=posting.CANDIDATE)
    cancel_unsent(about_kind="request", about_uid=request.uid)
    if request.state == RequestState.SENT:
        posting.invite_candidate(request)
    else:
        posting.send_candidate_fresh_link(request)
    if reminders.is_waited_for(request, None):
        reminders.plan(request)
    sentence = _("%(actor)s corrected the address of %(name)s: the old link is dead, a new one is sent")
    timeline.note(request, sentence % _who(actor, request.candidate_name))


def correct_reference_address(request: ReferenceRequest, reference: Reference, email: str, *, actor: str) -> None:
    """Raises NotNow where the reference has answered, declined or left, AddressRefused as naming.check_address does."""
    request = locked(request.uid)
    reference = _still_asked(request, reference)
    check_address(request, email, besides=reference)
    _believe(request, email)
    links.revoke(subject=reference.uid)
    cancel_unsent(about_kind="reference", about_uid=reference.uid)
    reminders.stop(request, reference)
    corrected = _with_address(request, reference, email)
    posting.invite_reference(request, corrected)
    reminders.plan(request, corrected)
    reminders.stop_if_all_are_asked(request)
    sentence = _("%(actor)s corrected the address of %(name)s: the old link is dead, a new one is sent")
    timeline.note(request, sentence % _who(actor, reference.name))


def fresh_link_for_candidate(request: ReferenceRequest) -> bool:
    """Asked for on the page of a dead link. Goes to the address on file, at most every ten minutes."""
    request = locked(request.uid)
    shows = request.has_report and request.candidate_sees_answers
    if not (request.is_open or shows) or _lately(request.uid):
        return False
    if shows:
        posting.show_answers(request, asked_for=True)
    else:
        posting.send_candidate_fresh_link(request)
    timeline.note(request, _("%(name)s asked for a fresh link") % {"name": request.candidate_name})
    return True


def fresh_link_for_reference(request: ReferenceRequest, reference: Reference) -> bool:
    request = locked(request.uid)
    waits = request.state == RequestState.WAITING_FOR_REFERENCES
    if not waits or not _reread(reference).is_reachable or _lately(reference.uid):
        return False
    posting.send_reference_fresh_link(request, reference)
    timeline.note(request, _("%(name)s asked for a fresh link") % {"name": reference.name})
    return True


def _believe(request: ReferenceRequest, email: str) -> None:
    """Somebody says that this is the right address, so a mail that came back from it once does not count anymore."""
    lift(organization=request.organization, channel=Channel.EMAIL, address=email, reason=Reason.BOUNCED)


def _still_asked(request: ReferenceRequest, reference: Reference) -> Reference:
    fresh = _reread(reference)
    if request.state != RequestState.WAITING_FOR_REFERENCES or not fresh.is_reachable:
        raise NotNow
    return fresh


def _with_address(request: ReferenceRequest, reference: Reference, email: str) -> Reference:
    """Whoever began at the old address may be somebody else: nothing of it is shown at the new one."""
    if move_reference(reference, ReferenceState.REPLACED, only_from=ReferenceState.STARTED, finished_at=clock.now()):
        reference = Reference(
            organization_id=reference.organization_id,
            request_id=reference.request_id,
            place=reference.place,
            name=reference.name,
            relationship=reference.relationship,
            company=reference.company,
            years=reference.years,
            state=ReferenceState.INVITED,
            invited_at=clock.now(),
        )
    reference.email, reference.email_key = email, compared(request, email)
    reference.save()
    return reference


def _reread(reference: Reference) -> Reference:
    fresh: Reference = Reference.objects.get(pk=reference.pk)
    return fresh


def _lately(uid: uuid.UUID) -> bool:
    since = clock.now() - FRESH_LINK_EVERY
    found: bool = Message.objects.filter(about_uid=uid, created_at__gt=since, kind__endswith="_link").exists()
    return found


def _who(actor: str, name: str) -> dict[str, str]:
    return {"actor": actor, "name": name}
