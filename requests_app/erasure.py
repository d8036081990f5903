"""Erase a request, one of its references, or one reader of its report. Each leaves counts and no names.

The same transaction deletes the links and unsent messages of these people. Call everything inside `tenant()`.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from connectors import personal_data as connections
from crosschq.core import clock
from crosschq.core.outbox.work_item import WorkState
from crosschq.core.text.lengths import fitted
from crosschq.core.text.redaction import redact
from crosschq.messaging import personal_data as messages
from crosschq.messaging.models import Message
from requests_app import timeline
from requests_app.attention import stored
from requests_app.completion.complete import finish_if_complete
from requests_app.lifecycle import RequestMovedOn, locked
from requests_app.models import (
    Answer,
    EntryKind,
    Reader,
    Reference,
    ReferenceRequest,
    Reminder,
    ReportVersion,
    RequestState,
    TimelineEntry,
)
from requests_app.reminders import plan
from requests_app.report import deleted_reports
from requests_app.report.pdf import files

# An email that is being sent right now finds no row to finish and isn't repeated.
UNFINISHED = (WorkState.PENDING, WorkState.HELD, WorkState.DEAD, WorkState.UNKNOWN, WorkState.WORKING)
ERASED_READER = gettext_lazy("an erased reader")
# What people typed about others.
OF_REQUEST = ("personal_message", "origin_sentence", "owner_rule")
OF_REFERENCE = (
    *("company", "years", "candidate_title", "relationship_comment", "message", "other_kind_reason"),
    *("stated_title", "stated_years"),
)


def erase_request(reference_request: ReferenceRequest) -> int:
    """Delete the request with its people, answers, report, timeline, messages, and notes. Returns how many rows.

    An open request just ends: no one is emailed about it.
    """
    try:
        reference_request = locked(reference_request)
    except RequestMovedOn:
        return 0
    subjects = subjects_of(reference_request)
    if ReportVersion.objects.filter(reference_request=reference_request).exists():
        deleted_reports.remember(reference_request)
    count = messages.erase_about(subjects) + connections.erase_notes([reference_request.uid])
    deleted, _tables = reference_request.delete()
    return count + deleted


def erase_reference(reference: Reference) -> int:
    """Delete a reference with their answers, messages, and links. The report is computed without them.

    While the request is open, their slot is free again, so the candidate can name someone else.
    """
    try:
        reference_request = locked(reference.reference_request)
    except RequestMovedOn:
        return 0
    count = messages.erase_about([reference.uid])
    deleted, _tables = Reference.objects.filter(pk=reference.pk).delete()
    if not deleted:
        return count
    ReferenceRequest.objects.filter(pk=reference_request.pk).update(
        erased_references=F("erased_references") + 1, reference_erased_at=clock.now()
    )
    reference_request.erased_references += 1
    by = _("an erased reference")
    count += redact_request(reference_request, [reference.name, reference.email, reference.phone], by=by)
    timeline.note(reference_request, _("A reference's data was erased, including their answers"), kind=EntryKind.WARN)
    if reference_request.state == RequestState.WAITING_FOR_REFERENCES and not finish_if_complete(reference_request):
        plan.plan(reference_request)
    return count + deleted


def erase_reader(reader: Reader) -> int:
    """Delete a reader of a report without an account, with their codes and passes."""
    reference_request = reader.reference_request
    count = messages.erase_about([reader.uid])
    deleted, _tables = Reader.objects.filter(pk=reader.pk).delete()
    about_report = Message.objects.filter(about_uid=reference_request.uid, to_email__iexact=reader.email)
    sent, _tables = about_report.delete()
    return count + deleted + sent + redact_staff(reference_request, [reader.name, reader.email])


def erase_owner(reference_request: ReferenceRequest) -> int:
    """Forget who owned the request."""
    words = [reference_request.owner_name, reference_request.owner_email]
    by = {"owner_name": ERASED_READER, "owner_email": "", "owner_rule": ""}
    changed = ReferenceRequest.objects.filter(pk=reference_request.pk).update(**by)
    return changed + redact_staff(reference_request, words)


def redact_staff(reference_request: ReferenceRequest, words: Sequence[str]) -> int:
    """Remove an owner's or reader's name and addresses from what remains of a request."""
    return redact_request(reference_request, words, by=str(ERASED_READER))


def subjects_of(reference_request: ReferenceRequest) -> list[UUID]:
    """The uids of the request, its references, and its readers, which its messages and links refer to."""
    references = Reference.objects.filter(reference_request=reference_request).values_list("uid", flat=True)
    readers = Reader.objects.filter(reference_request=reference_request).values_list("uid", flat=True)
    return [reference_request.uid, *references, *readers]


def redact_request(reference_request: ReferenceRequest, words: Sequence[str], *, by: str) -> int:
    """Remove words from what remains of a request: its texts, answers, and messages. Returns how many rows changed.

    An unsent message that mentions them is deleted, since its text is encrypted and can't be edited.
    """
    words = [word for word in words if word.strip()]
    files.changed(reference_request)
    stored.refresh_later(reference_request)
    of_request = {"reference_request": reference_request}
    about = Message.objects.filter(about_uid__in=subjects_of(reference_request))
    texts: tuple[tuple[QuerySet[Any], tuple[str, ...]], ...] = (
        (ReferenceRequest.objects.filter(pk=reference_request.pk), OF_REQUEST),
        (TimelineEntry.objects.filter(**of_request), ("sentence",)),
        (Answer.objects.filter(response__reference_request=reference_request), ("text",)),
        (Reference.objects.filter(**of_request), OF_REFERENCE),
        (Reader.objects.filter(**of_request), ("reason",)),
        (Reminder.objects.filter(**of_request), ("requested_by",)),
        (about, ("subject", "sender_name")),
    )
    count = sum(redact_rows(rows, column, words, by=by) for rows, columns in texts for column in columns)
    count += redact_rows(about, "reply_to", words, by="")
    mentioned = [
        message.pk
        for message in about.filter(state__in=UNFINISHED).exclude(text="")
        if redact(message.text, words, by="") != message.text
    ]
    deleted, _tables = Message.objects.filter(pk__in=mentioned).delete()
    return count + deleted


def redact_rows(rows: "QuerySet[Any]", column: str, words: Sequence[str], *, by: str) -> int:
    """Remove words from one text column. Returns how many rows changed. Reads all rows: those of one request."""
    if not words:
        return 0
    most, count = rows.model._meta.get_field(column).max_length, 0
    for pk, text in rows.exclude(**{column: ""}).order_by().values_list("pk", column):
        shorter = redact(text, words, by=by)
        if shorter != text:
            shorter = fitted(shorter, most) if most else shorter
            count += rows.model._base_manager.filter(pk=pk).update(**{column: shorter})
    return count
