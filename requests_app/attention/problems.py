"""Why a request needs a person: each problem with its sentence and the action that solves it, most urgent first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from connectors.models import Attachment
from crosschq.core.outbox.work_item import WorkState
from crosschq.core.text.ats_name import ats_name
from crosschq.messaging.models import DeliveryStatus, Message
from requests_app.attention.facts import Facts
from requests_app.models import Problem, Reference, ReferenceRequest, ReferenceState, RequestState
from requests_app.text import day, references_in

RANKS = {problem: rank for rank, problem in enumerate(Problem)}


@dataclass(frozen=True)
class Solution:
    """The control that solves a problem: a link, or with `posts` a button in its own form."""

    label: str
    url_name: str
    reference: UUID | None = None
    posts: bool = False

    def url(self, reference_request: ReferenceRequest) -> str:
        uids = [reference_request.uid] + ([self.reference] if self.reference else [])
        return reverse(self.url_name, args=[reference_request.organization.slug, *uids])


@dataclass(frozen=True)
class FoundProblem:
    """One problem of a request."""

    problem: Problem
    sentence: str
    act: Solution


def found(facts: Facts, now: datetime) -> list[FoundProblem]:
    """The problems that follow from these facts, the most urgent first."""
    return sorted([*_caused(facts), *_by_time(facts, now)], key=lambda each: RANKS[each.problem])


def caused(facts: Facts) -> str:
    """The most urgent problem that something other than time caused; empty if there is none."""
    return next((each.problem for each in _caused(facts)), "")


def _caused(facts: Facts) -> Iterator[FoundProblem]:
    """Most urgent first."""
    reference_request = facts.reference_request
    if reference_request.is_open:
        yield from _undelivered(facts)
        yield from _declined(facts)
        yield from _to_approve(facts)
    yield from _late_answers(facts)
    if facts.note is not None:
        yield _failed_note(facts)
    if facts.file is not None:
        yield _failed_file(facts.file, facts)
    if reference_request.is_open and reference_request.paused_until is not None:
        ends = day(reference_request.paused_until, reference_request.organization.time_zone)
        sentence = _("The application was turned down. We'll cancel the request on %(day)s") % {"day": ends}
        yield FoundProblem(Problem.PAUSED, sentence, Solution(_("Resume request"), "requests:go_on", posts=True))


def _undelivered(facts: Facts) -> Iterator[FoundProblem]:
    reference_request = facts.reference_request
    email = facts.emails.get(reference_request.uid)
    if email is not None and email.has_failed:
        act = Solution(_("Send a new link"), "requests:resend", posts=True)
        if email.has_failing_address and not reference_request.is_test:
            act = Solution(_("Correct address"), "requests:address")
        yield FoundProblem(Problem.CANDIDATE_BOUNCED, _why(email, reference_request.candidate_name), act)
    if reference_request.state != RequestState.WAITING_FOR_REFERENCES:
        return
    for person in facts.people:
        email = facts.emails.get(person.uid)
        if email is not None and email.has_failed and person.is_reachable:
            act = Solution(_("Send a new link"), "requests:reference_resend", person.uid, posts=True)
            if email.has_failing_address:
                act = Solution(_("Correct address"), "requests:reference_address", person.uid)
            yield FoundProblem(Problem.REFERENCE_BOUNCED, _why(email, person.name), act)


def _why(email: Message, name: str) -> str:
    if email.delivery == DeliveryStatus.COMPLAINED:
        return _("%(name)s marked our email as spam") % {"name": name}
    if email.state == WorkState.DEAD and email.is_sending_at_fault:
        return _("We couldn't email %(name)s. %(why)s") % {"name": name, "why": email.reason}
    return _("Email to %(name)s bounced: %(address)s") % {"name": name, "address": email.to_email}


def _declined(facts: Facts) -> Iterator[FoundProblem]:
    """Every reference who was asked declined, and nobody else is named or has answered."""
    declined = facts.in_state(ReferenceState.DECLINED)
    is_waiting = facts.reference_request.state == RequestState.WAITING_FOR_REFERENCES
    if (
        is_waiting
        and declined
        and not facts.in_state(
            ReferenceState.NAMED, ReferenceState.INVITED, ReferenceState.STARTED, ReferenceState.ANSWERED
        )
    ):
        yield FoundProblem(
            Problem.ALL_DECLINED, all_declined(declined), Solution(_("Send reminder"), "requests:remind")
        )


def _to_approve(facts: Facts) -> Iterator[FoundProblem]:
    """References of another kind than the template asks for, who the owner was asked to approve."""
    for person in facts.people:
        if person.awaits_approval:
            sentence = _("%(name)s is waiting for your approval: “%(reason)s”")
            words = {"name": person.name, "reason": person.other_kind_reason}
            yield FoundProblem(
                Problem.APPROVAL, sentence % words, Solution(_("Approve or reject"), "requests:approve", person.uid)
            )


def _late_answers(facts: Facts) -> Iterator[FoundProblem]:
    """References who answered after the request was finished without them."""
    for person in facts.in_state(ReferenceState.LATE) if facts.reference_request.has_report else ():
        sentence = _("%(name)s answered after the request was finished") % {"name": person.name}
        act = Solution(_("Add to the report"), "requests:accept_late", person.uid, posts=True)
        yield FoundProblem(Problem.LATE_ANSWER, sentence, act)


def all_declined(people: Sequence[Reference]) -> str:
    """Tom Beck declined; both references declined; all 3 references declined."""
    if len(people) == 1:
        return _("%(name)s declined") % {"name": people[0].name}
    if len(people) == 2:
        return _("Both references declined")
    return _("All %(count)d references declined") % {"count": len(people)}


def _failed_note(facts: Facts) -> FoundProblem:
    note, connection = facts.note, facts.reference_request.connection
    ats = connection.ats_name if connection else ats_name()
    sentence = _("The link to the report isn't in %(ats)s. %(why)s")
    if note and note.state == WorkState.UNKNOWN:
        sentence = _("The link to the report may be missing in %(ats)s. %(why)s")
    why = {"ats": ats, "why": note.reason if note else ""}
    return FoundProblem(Problem.NOTE_FAILED, (sentence % why).strip(), Solution(_("Post note again"), "requests:note"))


def _failed_file(file: Attachment, facts: Facts) -> FoundProblem:
    connection = facts.reference_request.connection
    sentence = _("The PDF of the report isn't in %(ats)s. %(why)s")
    if file.state == WorkState.UNKNOWN:
        sentence = _("The PDF of the report may be missing in %(ats)s. %(why)s")
    words = {"ats": connection.ats_name if connection else ats_name(), "why": file.reason}
    return FoundProblem(
        Problem.FILE_FAILED, (sentence % words).strip(), Solution(_("Attach PDF again"), "requests:attachment")
    )


def _by_time(facts: Facts, now: datetime) -> Iterator[FoundProblem]:
    reference_request = facts.reference_request
    if not reference_request.is_open:
        return
    if reference_request.due_at <= now:
        count, requested = len(facts.in_state(ReferenceState.ANSWERED)), reference_request.version.references_requested
        due = day(reference_request.due_at, reference_request.organization.time_zone)
        sentence = _("Due %(day)s, with %(references)s in")
        act = (
            Solution(_("Finish now"), "requests:finish") if count else Solution(_("Change due date"), "requests:extend")
        )
        counts = {"day": due, "references": references_in(count, requested)}
        yield FoundProblem(Problem.DUE, sentence % counts, act)
    if reference_request.silent_at is not None and reference_request.silent_at <= now:
        sentence = _("Nobody has started or answered in three business days")
        yield FoundProblem(Problem.SILENT, sentence, Solution(_("Send reminder"), "requests:remind"))
