"""The end of a request: with a report (all in, by hand, or after its last day), cancelled, or expired.

Each end is one guarded move; its mails and its note are written in the same transaction, so they exist exactly once.
"""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from connectors.writeback import post_report_link
from crosschq.core import clock
from crosschq.messaging.send import cancel_unsent

from . import mails, posting, reminders, timeline
from .addresses import address_key
from .lifecycle import NotNow, locked, move_reference, move_request
from .models import EntryKind, Reader, ReaderRole, Reference, ReferenceRequest, ReferenceState, RequestState
from .places import places
from .wording import day

LIVING = (ReferenceState.NAMED, ReferenceState.INVITED, ReferenceState.STARTED)


def finish_if_complete(request: ReferenceRequest) -> bool:
    """Make it ready once all references are in, or the template's own rule is met. Call under the request's lock."""
    if request.state != RequestState.WAITING_FOR_REFERENCES:
        return False
    people = list(Reference.objects.filter(request=request))
    is_all = _all_in(request, people)
    if is_all:
        sentence = _("All references are in: the report is ready")
    elif _enough_in(request, people):
        sentence = _("Enough references are in, as the template says: the report is ready")
    else:
        return False
    if not move_request(request, RequestState.READY, finished_at=clock.now()):
        return False
    _stop_waiting(request)
    if is_all:
        reminders.stop_all(request)
    else:
        _stop_mails(request)
    timeline.note(request, sentence, kind=EntryKind.OK)
    _hand_over(request)
    return True


def _all_in(request: ReferenceRequest, people: Sequence[Reference]) -> bool:
    """Whether every place that is required has its answers, and nobody who was asked is still to answer."""
    required = {place.number for place in places(request.version) if place.required}
    answered = {person.place for person in people if person.state == ReferenceState.ANSWERED}
    return bool(answered) and required <= answered and not any(person.is_reachable for person in people)


def _enough_in(request: ReferenceRequest, people: Sequence[Reference]) -> bool:
    answered = [person.relationship for person in people if person.state == ReferenceState.ANSWERED]
    return request.version.finish_rule.is_met(answered, after=clock.now() - request.created_at)


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
    """Stop it for good. Nobody is mailed anymore. Raises NotNow where it has ended already."""
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
    _stop_waiting(request)
    _stop_mails(request)
    timeline.note(request, sentence, kind=EntryKind.OK)
    _hand_over(request)


def _stop_waiting(request: ReferenceRequest) -> None:
    """Who has not answered is in the report as not completed."""
    for reference in Reference.objects.filter(request=request, state__in=LIVING):
        move_reference(reference, ReferenceState.NOT_COMPLETED, finished_at=clock.now())


def _hand_over(request: ReferenceRequest) -> None:
    """Tell the owner, and put the link into the candidate's notes where the request came from there."""
    count, url = answered(request), posting.report_url(request)
    posting.tell_owner(request, "report_ready", mails.owner_ready(request, answered=count, report_url=url))
    if request.candidate_sees_answers:
        posting.show_answers(request)
    for reader in _told_hiring_managers(request):
        posting.tell_reader(request, reader, answered=count)
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


def _told_hiring_managers(request: ReferenceRequest) -> list[Reader]:
    """Those on the template, and the job's own where the template says so; none unless it says to tell them."""
    version = request.version
    if not version.tell_hiring_managers:
        return []
    managers = Reader.objects.filter(request=request, role=ReaderRole.HIRING_MANAGER)
    if not version.job_hiring_managers:
        managers = managers.filter(email_key=address_key(version.hiring_manager_email))
    return list(managers.order_by("pk"))


def _stop_mails(request: ReferenceRequest) -> None:
    """What has not left yet to the candidate and to references does not leave anymore, and nobody is reminded."""
    reminders.stop_all(request)
    cancel_unsent(about_kind="request", about_uid=request.uid)
    for uid in Reference.objects.filter(request=request).values_list("uid", flat=True):
        cancel_unsent(about_kind="reference", about_uid=uid)
