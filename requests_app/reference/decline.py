"""A reference declines."""

from django.utils.translation import gettext as _

from crosschq.core import clock
from crosschq.messaging.models import Channel, SuppressionReason
from crosschq.messaging.sending.send import cancel_unsent
from crosschq.messaging.sending.suppression import suppress
from requests_app import timeline
from requests_app.candidate.slots import slots
from requests_app.completion import complete
from requests_app.lifecycle import RequestMovedOn, locked, move_reference
from requests_app.models import DeclineReason, EntryKind, Reference, ReferenceRequest, ReferenceState, RequestState
from requests_app.notifications import send
from requests_app.reminders import plan


def decline(reference_request: ReferenceRequest, reference: Reference, reason: DeclineReason) -> None:
    """The reference can't answer, or the address isn't theirs. Ask the candidate for someone else without the reason.

    Raises RequestMovedOn if the answers are in, or no longer needed.
    """
    reference_request = locked(reference_request)
    waits = reference_request.state == RequestState.WAITING_FOR_REFERENCES
    now = clock.now()
    if not waits or not move_reference(reference, ReferenceState.DECLINED, decline_reason=reason, finished_at=now):
        raise RequestMovedOn
    cancel_unsent(about_kind="reference", about_uid=reference.uid)
    plan.stop(reference_request, reference)
    if reason == DeclineReason.WRONG_PERSON:
        suppress(
            organization=reference_request.organization,
            channel=Channel.EMAIL,
            address=reference.email,
            reason=SuppressionReason.NOT_THEM,
        )
    # Without the reason, which we don't show the candidate: an export of their data contains the timeline.
    sentence = _("%(name)s can't give a reference. We asked %(candidate)s to name someone else")
    if not slots(reference_request.version)[reference.slot - 1].required:
        sentence = _("%(name)s can't give a reference")
    parts = {"name": reference.name, "candidate": reference_request.candidate_name}
    timeline.note(reference_request, sentence % parts, kind=EntryKind.WARN, about=reference)
    # If the slot is optional, this may have been the last reference we were waiting for.
    if not complete.finish_if_complete(reference_request):
        send.ask_for_replacement(reference_request, reference)
        plan.plan(reference_request)
