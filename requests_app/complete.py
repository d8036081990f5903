"""The end of a request: with a report (all in, by hand, or after its last day), cancelled, or expired.

Each end is one guarded move; its mails and its note are written in the same transaction, so they exist exactly once.
"""

from django.utils.translation import gettext as _

from connectors.writeback import post_report_link
from crosschq.core import clock
from crosschq.messaging.send import cancel_unsent

from . import mails, posting, reminders, timeline
from .lifecycle import NotNow, locked, move_reference, move_request
from .models import EntryKind, Reference, ReferenceRequest, ReferenceState, RequestState
from .places import places
from .wording import day

LIVING = (ReferenceState.NAMED, ReferenceState.INVITED, ReferenceState.STARTED)


def finish_if_all_in(request: ReferenceRequest) -> bool:
    """Make it ready once every place has its answers. Call under the request's lock."""
    if answered(request) < len(places(request.version)):
        return False
    if not move_request(request, RequestState.READY, finished_at=clock.now()):
        return False
    reminders.stop_all(request)
    timeline.note(request, _("All references are in: the report is ready"), kind=EntryKind.OK)
    _hand_over(request)
    return True


def finish_by_hand(request: ReferenceRequest, *, actor: str) -> None:
    """Close it with what is there. Raises NotNow where nobody has answered yet, or it has ended."""
    request = locked(request.uid)
    _close_early(request, _("%(actor)s finished the request") % {"actor": actor})


def close_after_last_day(request: ReferenceRequest) -> None:
    """What the calendar does with a request that is still open: a report if anybody answered, else expired."""
    request = locked(request.uid)
    if not request.is_open:
        return
    if request.state == RequestState.WAITING_FOR_REFERENCES and answered(request):
        _close_early(request, _("The last day has passed: the request is closed with the answers that are there"))
        return
    if move_request(request, RequestState.EXPIRED, finished_at=clock.now()):
        _stop_mails(request)
        timeline.note(request, _("Expired: nobody answered in time"), kind=EntryKind.WARN)
        posting.tell_owner(request, "request_expired", mails.owner_expired(request, url=posting.staff_url(request)))


def cancel(request: ReferenceRequest, *, actor: str) -> None:
    """Stop it for good. Nobody is mailed any more. Raises NotNow where it has ended already."""
    request = locked(request.uid)
    if not move_request(request, RequestState.CANCELLED, finished_at=clock.now()):
        raise NotNow
    _stop_mails(request)
    timeline.note(request, _("%(actor)s cancelled the request") % {"actor": actor}, kind=EntryKind.WARN)


def decline_to_take_part(request: ReferenceRequest) -> None:
    """The candidate does not want to. Cancels, and tells the owner. Raises NotNow where it has ended already."""
    request = locked(request.uid)
    if not move_request(request, RequestState.CANCELLED, finished_at=clock.now()):
        raise NotNow
    _stop_mails(request)
    sentence = _("%(name)s does not want to take part: the request is cancelled") % {"name": request.candidate_name}
    timeline.note(request, sentence, kind=EntryKind.WARN)
    mail = mails.owner_candidate_declined(request, url=posting.staff_url(request))
    posting.tell_owner(request, "candidate_declined", mail)


def answered(request: ReferenceRequest) -> int:
    count: int = Reference.objects.filter(request=request, state=ReferenceState.ANSWERED).count()
    return count


def _close_early(request: ReferenceRequest, sentence: str) -> None:
    if not answered(request) or not move_request(request, RequestState.CLOSED_EARLY, finished_at=clock.now()):
        raise NotNow
    for reference in Reference.objects.filter(request=request, state__in=LIVING):
        move_reference(reference, ReferenceState.NOT_COMPLETED, finished_at=clock.now())
    _stop_mails(request)
    timeline.note(request, sentence, kind=EntryKind.OK)
    _hand_over(request)


def _hand_over(request: ReferenceRequest) -> None:
    """Tell the owner, and put the link into the candidate's notes where the request came from there."""
    count, url = answered(request), posting.report_url(request)
    posting.tell_owner(request, "report_ready", mails.owner_ready(request, answered=count, report_url=url))
    if request.candidate_sees_answers:
        posting.show_answers(request)
    if request.connection is None:
        return
    sentence = _("Reference report ready: %(answered)d of %(wanted)d references, %(day)s") % {
        "answered": count,
        "wanted": len(places(request.version)),
        "day": day(clock.now(), request.organization.time_zone, with_year=True),
    }
    post_report_link(
        connection=request.connection,
        candidate_id=request.ats_candidate_id,
        url=url,
        sentence=sentence,
        about_kind="request",
        about_uid=request.uid,
    )


def _stop_mails(request: ReferenceRequest) -> None:
    """What has not left yet to the candidate and to references does not leave any more, and nobody is reminded."""
    reminders.stop_all(request)
    cancel_unsent(about_kind="request", about_uid=request.uid)
    for uid in Reference.objects.filter(request=request).values_list("uid", flat=True):
        cancel_unsent(about_kind="reference", about_uid=uid)
