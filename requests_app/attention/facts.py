"""The facts that decide whether a request needs a person, read for many requests in a constant number of queries."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Max, OuterRef, Q, QuerySet, Subquery

from connectors.models import Attachment, Writeback
from crosschq.core.outbox.work_item import SET_ASIDE, WorkState
from crosschq.messaging.models import Channel, Message
from requests_app.models import Problem, Reference, ReferenceRequest, Reminder, Response

BOUNCED = (Problem.CANDIDATE_BOUNCED, Problem.REFERENCE_BOUNCED)


@dataclass
class Facts:
    """A request, its references in order, the last email to each person by uid, and its note and PDF if they failed."""

    reference_request: ReferenceRequest
    people: list[Reference] = field(default_factory=list)
    emails: dict[UUID, Message] = field(default_factory=dict)
    note: Writeback | None = None
    file: Attachment | None = None

    def in_state(self, *states: str) -> list[Reference]:
        return [person for person in self.people if person.state in states]


def read(requests: Sequence[ReferenceRequest], *, as_stored: bool = False) -> list[Facts]:
    """The facts of these requests, in order. At most four queries.

    as_stored: read emails and notes only where the stored problem says that one failed. Call inside `tenant()`.
    """
    found = {each.pk: Facts(each) for each in requests}
    for person in Reference.objects.filter(reference_request__in=found).order_by("slot", "id"):
        found[person.reference_request_id].people.append(person)
    mailed: dict[UUID, Facts] = {}
    for each in requests:
        if not as_stored or each.problem in BOUNCED:
            mailed |= dict.fromkeys([each.uid, *(person.uid for person in found[each.pk].people)], found[each.pk])
    if mailed:
        for message in last_emails(mailed):
            if message.about_uid:
                mailed[message.about_uid].emails[message.about_uid] = message
    _read_failed_writes([found[each.pk] for each in requests if each.has_report], as_stored=as_stored)
    return list(found.values())


def _read_failed_writes(reported: Iterable[Facts], *, as_stored: bool) -> None:
    """Read what isn't in the ATS: the note, and the latest PDF."""
    with_note = {
        each.reference_request.uid: each for each in reported if not as_stored or each.reference_request.problem
    }
    if not with_note:
        return
    for note in Writeback.objects.filter(about_kind="request", about_uid__in=with_note, state__in=SET_ASIDE):
        with_note[note.about_uid].note = note
    problems = (Problem.FILE_FAILED,) if as_stored else (*Problem, "")
    with_file = [uid for uid, each in with_note.items() if each.reference_request.problem in problems]
    for file in last_files(with_file) if with_file else ():
        with_note[file.about_uid].file = file if file.state in SET_ASIDE else None


def last_files(uids: Iterable[UUID]) -> "QuerySet[Attachment]":
    """The last PDF of each request's report for the ATS, without its contents."""
    files = Attachment.objects.filter(about_kind="request", about_uid__in=list(uids)).defer("contents")
    newest: QuerySet[Attachment] = files.order_by("about_uid", "-pk").distinct("about_uid")
    return newest


def last_emails(uids: Iterable[UUID]) -> "QuerySet[Message]":
    """The last email to each of these candidates (the uid of the request) and references, without its text."""
    sent = Message.objects.filter(
        about_uid__in=list(uids), about_kind__in=["request", "reference"], channel=Channel.EMAIL
    )
    newest: QuerySet[Message] = sent.order_by("about_uid", "-created_at", "-id").distinct("about_uid")
    return newest.defer("text", "html", "list_unsubscribe")


def with_activity(requests: "QuerySet[ReferenceRequest]") -> "QuerySet[ReferenceRequest]":
    """Add the times of the last reminder, sent or planned, and of the last survey that was started or sent."""
    reminders = Reminder.objects.filter(~Q(state=WorkState.CANCELLED), reference_request=OuterRef("pk"))
    surveys = Response.objects.filter(reference_request=OuterRef("pk"))
    return requests.annotate(
        last_reminder=_latest(reminders, "planned_for"),
        last_begun=_latest(surveys, "started_at"),
        last_sent=_latest(surveys, "submitted_at"),
    )


def last_activity(facts: Facts) -> datetime:
    """When we last heard from anyone, or last wrote to them, or will: planned reminders count.

    The request comes from `with_activity`.
    """
    known = facts.reference_request
    moments = [known.created_at, known.started_at, known.invited_at]
    moments += [vars(known)[name] for name in ("last_reminder", "last_begun", "last_sent")]
    for person in facts.people:
        moments += [person.created_at, person.invited_at, person.started_at, person.finished_at]
    moments += [message.created_at for message in facts.emails.values()]
    return max(moment for moment in moments if moment is not None)


def _latest(rows: "QuerySet[Reminder] | QuerySet[Response]", column: str) -> Subquery:
    return Subquery(rows.order_by().values("reference_request").annotate(latest=Max(column)).values("latest"))
