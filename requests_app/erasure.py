"""Erase a request, one of its references, or one reader of its report. Each leaves counts and no names.

The same transaction deletes the links and unsent messages of these people. Call everything inside `tenant()`.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db.models import F, Q
from django.utils.translation import gettext as _

from connectors import personal_data as connections
from crosschq.core import clock
from crosschq.core.outbox.work_item import WorkState
from crosschq.core.text.email_keys import exact_key
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
    ReportVersion,
    RequestState,
    TimelineEntry,
)
from requests_app.reminders import plan
from requests_app.report import deleted_reports
from requests_app.report.pdf import files

UNSENT = (WorkState.PENDING, WorkState.HELD, WorkState.DEAD, WorkState.UNKNOWN)


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
    by = _("an erased reader")
    if exact_key(reference_request.owner_email) == exact_key(reader.email):
        ReferenceRequest.objects.filter(pk=reference_request.pk).update(owner_name=by, owner_email="", owner_rule="")
    return count + deleted + sent + redact_request(reference_request, [reader.name, reader.email], by=by)


def subjects_of(reference_request: ReferenceRequest) -> list[UUID]:
    """The uids of the request, its references, and its readers, which its messages and links refer to."""
    references = Reference.objects.filter(reference_request=reference_request).values_list("uid", flat=True)
    readers = Reader.objects.filter(reference_request=reference_request).values_list("uid", flat=True)
    return [reference_request.uid, *references, *readers]


def redact_request(reference_request: ReferenceRequest, words: Sequence[str], *, by: str) -> int:
    """Remove words from what remains of a request: its timeline, answers, and messages. Returns how many rows changed.

    An unsent message that mentions them is deleted, since its text is encrypted and can't be edited.
    """
    words = [word for word in words if word.strip()]
    files.changed(reference_request)
    stored.refresh_later(reference_request)
    answers = Answer.objects.filter(response__reference_request=reference_request)
    references = Reference.objects.filter(reference_request=reference_request)
    count = redact_rows(TimelineEntry.objects.filter(reference_request=reference_request), "sentence", words, by=by)
    count += redact_rows(answers, "text", words, by=by)
    for column in ("relationship_comment", "message", "other_kind_reason", "stated_title"):
        count += redact_rows(references, column, words, by=by)
    count += redact_rows(Reader.objects.filter(reference_request=reference_request), "reason", words, by=by)
    about = Message.objects.filter(about_uid__in=subjects_of(reference_request))
    count += redact_rows(about, "subject", words, by=by)
    mentioned = [
        message.pk
        for message in about.filter(state__in=UNSENT).exclude(text="")
        if redact(message.text, words, by="") != message.text
    ]
    deleted, _tables = Message.objects.filter(pk__in=mentioned).delete()
    return count + deleted


def redact_rows(rows: Iterable[object], column: str, words: Sequence[str], *, by: str) -> int:
    """Remove words from one text column. Returns how many rows changed."""
    if not words:
        return 0
    mentions = Q()
    for word in words:
        mentions |= Q(**{f"{column}__icontains": word})
    count = 0
    for pk, text in rows.filter(mentions).values_list("pk", column):  # type: ignore[attr-defined]
        shorter = redact(text, words, by=by)
        if shorter != text:
            count += rows.model._base_manager.filter(pk=pk).update(**{column: shorter})  # type: ignore[attr-defined]
    return count
