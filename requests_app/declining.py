"""A reference says no."""

from django.utils.translation import gettext as _

from crosschq.core import clock
from crosschq.messaging.models import Channel, Reason
from crosschq.messaging.send import cancel_unsent
from crosschq.messaging.suppression import suppress

from . import complete, posting, reminders, timeline
from .lifecycle import NotNow, locked, move_reference
from .models import DeclineReason, EntryKind, Reference, ReferenceRequest, ReferenceState, RequestState
from .places import places


def decline(request: ReferenceRequest, reference: Reference, reason: DeclineReason) -> None:
    """The reference cannot answer, or is somebody else. The candidate is asked for another, and not told why.

    Raises NotNow where the answers are in, or nobody waits for them.
    """
    request = locked(request.uid)
    waits = request.state == RequestState.WAITING_FOR_REFERENCES
    now = clock.now()
    if not waits or not move_reference(reference, ReferenceState.DECLINED, decline_reason=reason, finished_at=now):
        raise NotNow
    cancel_unsent(about_kind="reference", about_uid=reference.uid)
    reminders.stop(request, reference)
    if reason == DeclineReason.WRONG_PERSON:
        suppress(
            organization=request.organization, channel=Channel.EMAIL, address=reference.email, reason=Reason.NOT_THEM
        )
    sentence = _("%(name)s cannot give a reference: “%(reason)s”. %(candidate)s is asked to name somebody else")
    if not places(request.version)[reference.place - 1].required:
        sentence = _("%(name)s cannot give a reference: “%(reason)s”")
    parts = {"name": reference.name, "reason": reason.label, "candidate": request.candidate_name}
    timeline.note(request, sentence % parts, kind=EntryKind.WARN)
    # Where nobody has to be named, this may have been the last one to wait for.
    if not complete.finish_if_complete(request):
        posting.ask_for_another(request, reference)
        reminders.plan(request)
