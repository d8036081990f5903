"""How a request ends: with a report (all answers in, finished manually, or after its last day), canceled, or expired.

Each ending is one guarded change of state. Its emails and note are queued in the same transaction, so they exist
exactly once.
"""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from connectors.note_writer import post_report_link
from crosschq.core import clock
from crosschq.core.text.email_keys import address_key
from crosschq.messaging.sending.send import cancel_unsent
from requests_app import timeline
from requests_app.candidate.slots import slots
from requests_app.lifecycle import NotPossible, RequestMovedOn, locked, move_reference, move_request
from requests_app.models import EntryKind, Reader, ReaderRole, Reference, ReferenceRequest, ReferenceState, RequestState
from requests_app.notifications import email_content, send
from requests_app.reminders import plan
from requests_app.report.pdf import files
from requests_app.report.versions.record import record
from requests_app.text import day, references_in

UNFINISHED_STATES = (ReferenceState.NAMED, ReferenceState.INVITED, ReferenceState.STARTED)


def finish_if_complete(reference_request: ReferenceRequest) -> bool:
    """Finish the request if all references are in, or if its template's own rule is met. Returns whether it did.

    Call while holding the request's lock.
    """
    if reference_request.state != RequestState.WAITING_FOR_REFERENCES:
        return False
    people = list(Reference.objects.filter(reference_request=reference_request))
    is_all = _all_in(reference_request, people)
    if is_all:
        sentence = _("All references are in, so the report is ready")
    elif _enough_in(reference_request, people):
        sentence = _("Enough references are in for the template's rule, so the report is ready")
    else:
        return False
    if not move_request(reference_request, RequestState.READY, finished_at=clock.now()):
        return False
    _stop_waiting(reference_request)
    if is_all:
        plan.stop_all(reference_request)
    else:
        _stop_emails(reference_request)
    timeline.note(reference_request, sentence, kind=EntryKind.OK)
    _deliver_report(reference_request)
    return True


def _all_in(reference_request: ReferenceRequest, people: Sequence[Reference]) -> bool:
    """Whether every required slot has answers, and no one who was asked is still expected to answer."""
    required = {slot.number for slot in slots(reference_request.version) if slot.required}
    answered = {person.slot for person in people if person.state == ReferenceState.ANSWERED}
    return bool(answered) and required <= answered and not any(person.is_reachable for person in people)


def _enough_in(reference_request: ReferenceRequest, people: Sequence[Reference]) -> bool:
    if reference_request.reopened_at is not None:
        return False  # a member wants more than the template's rule asks for
    answered = [person.relationship for person in people if person.state == ReferenceState.ANSWERED]
    return reference_request.version.finish_rule.is_met(answered, after=clock.now() - reference_request.created_at)


def finish_manually(reference_request: ReferenceRequest, *, actor: str) -> None:
    """Finish the request with the answers received. Raises as `check_finishable` does."""
    reference_request = locked(reference_request)
    check_finishable(reference_request)
    _close_early(reference_request, _("%(actor)s finished the request") % {"actor": actor})


def check_finishable(reference_request: ReferenceRequest) -> None:
    """Raises RequestMovedOn if the request has ended, and NotPossible if it has no answers."""
    if not reference_request.is_open:
        raise RequestMovedOn
    if not answered(reference_request):
        raise NotPossible(_("No reference has answered yet, so there is no report. You can cancel the request."))


def close_after_last_day(reference_request: ReferenceRequest) -> None:
    """End a request that is still open after its last day: with a report if there are answers, otherwise as expired."""
    reference_request = locked(reference_request)
    if not reference_request.is_open:
        return
    if reference_request.state == RequestState.WAITING_FOR_REFERENCES and answered(reference_request):
        _close_early(reference_request, _("The last day has passed. We closed the request with the answers received"))
        return
    if move_request(reference_request, RequestState.EXPIRED, finished_at=clock.now()):
        _stop_emails(reference_request)
        timeline.note(reference_request, _("Expired: nobody answered in time"), kind=EntryKind.WARN)
        send.notify_owner(
            reference_request,
            "request_expired",
            email_content.owner_expired(reference_request, url=send.staff_url(reference_request)),
        )


def cancel(reference_request: ReferenceRequest, *, actor: str) -> None:
    """Cancel the request and every message that is still unsent. Raises RequestMovedOn if it has already ended."""
    reference_request = locked(reference_request)
    if not move_request(reference_request, RequestState.CANCELLED, finished_at=clock.now()):
        raise RequestMovedOn
    _stop_emails(reference_request)
    timeline.note(reference_request, _("%(actor)s canceled the request") % {"actor": actor}, kind=EntryKind.WARN)


def decline_to_take_part(reference_request: ReferenceRequest) -> None:
    """Cancel the request because the candidate declined, and notify the owner.

    Raises RequestMovedOn if it has ended.
    """
    reference_request = locked(reference_request)
    if not move_request(reference_request, RequestState.CANCELLED, finished_at=clock.now()):
        raise RequestMovedOn
    _stop_emails(reference_request)
    sentence = _("%(name)s doesn't want to take part. We canceled the request") % {
        "name": reference_request.candidate_name
    }
    timeline.note(reference_request, sentence, kind=EntryKind.WARN)
    email = email_content.owner_candidate_declined(reference_request, url=send.staff_url(reference_request))
    send.notify_owner(reference_request, "candidate_declined", email)


def answered(reference_request: ReferenceRequest) -> int:
    count: int = Reference.objects.filter(reference_request=reference_request, state=ReferenceState.ANSWERED).count()
    return count


def _close_early(reference_request: ReferenceRequest, sentence: str) -> None:
    if not answered(reference_request) or not move_request(
        reference_request, RequestState.CLOSED_EARLY, finished_at=clock.now()
    ):
        raise RequestMovedOn
    _stop_waiting(reference_request)
    _stop_emails(reference_request)
    timeline.note(reference_request, sentence, kind=EntryKind.OK)
    _deliver_report(reference_request)


def _stop_waiting(reference_request: ReferenceRequest) -> None:
    """Mark references who haven't answered as not completed, as the report shows them."""
    for reference in Reference.objects.filter(reference_request=reference_request, state__in=UNFINISHED_STATES):
        move_reference(reference, ReferenceState.NOT_COMPLETED, finished_at=clock.now())


def _deliver_report(reference_request: ReferenceRequest) -> None:
    """Make a version of the report and notify everyone who gets it. A request from an ATS queues the note and PDF."""
    record(reference_request)
    count, url = answered(reference_request), send.report_url(reference_request)
    send.notify_owner(
        reference_request, "report_ready", email_content.owner_ready(reference_request, answered=count, report_url=url)
    )
    if reference_request.candidate_sees_answers:
        send.send_answers_link(reference_request)
    for reader in _notified_hiring_managers(reference_request):
        send.notify_reader(reference_request, reader, answered=count)
    if reference_request.connection is None:
        return
    sentence = _("Reference report ready: %(references)s, %(day)s") % {
        "references": references_in(count, len(slots(reference_request.version))),
        "day": day(clock.now(), reference_request.organization.time_zone, with_year=True),
    }
    if reference_request.connection.attach_reports and reference_request.organization.reports_private:
        words = {"ats": reference_request.connection.ats_name}
        timeline.note(reference_request, _("The report is private, so no PDF was attached in %(ats)s") % words)
    files.attach(reference_request)
    post_report_link(
        connection=reference_request.connection,
        candidate_id=reference_request.ats_candidate_id,
        url=url,
        sentence=sentence,
        about_kind="request",
        about_uid=reference_request.uid,
    )


def _notified_hiring_managers(reference_request: ReferenceRequest) -> list[Reader]:
    """The hiring managers to email when the report is ready: the template's own, and maybe the job's.

    Empty if the template doesn't notify hiring managers.
    """
    version = reference_request.version
    if not version.notify_hiring_managers:
        return []
    managers = Reader.objects.filter(reference_request=reference_request, role=ReaderRole.HIRING_MANAGER)
    if not version.job_hiring_managers:
        managers = managers.filter(email_key=address_key(version.hiring_manager_email))
    return list(managers.order_by("pk"))


def _stop_emails(reference_request: ReferenceRequest) -> None:
    """Cancel unsent messages to the candidate and the references, and all reminders."""
    plan.stop_all(reference_request)
    cancel_unsent(about_kind="request", about_uid=reference_request.uid)
    for uid in Reference.objects.filter(reference_request=reference_request).values_list("uid", flat=True):
        cancel_unsent(about_kind="reference", about_uid=uid)
