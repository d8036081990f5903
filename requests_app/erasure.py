"""Erase a request, one of its references, or one reader of its report. Each leaves counts and no names.

The same transaction deletes the links and unsent messages of these people. Call everything inside `tenant()`.
"""

import html
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from connectors import personal_data as connections
from crosschq.core import clock
from crosschq.core.outbox.work_item import WorkState
from crosschq.core.security.encryption import sealed
from crosschq.core.text.characters import comparison_key
from crosschq.core.text.lengths import fitted
from crosschq.core.text.redaction import NO_SHORT_FORMS, ShortForms, redact, short_forms
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
    count += redact_request(reference_request, reference.name, [reference.email, reference.phone], by=by)
    timeline.note(reference_request, _("A reference's data was erased, including their answers"), kind=EntryKind.WARN)
    if reference_request.state == RequestState.WAITING_FOR_REFERENCES and not finish_if_complete(reference_request):
        plan.plan(reference_request)
    return count + deleted


def erase_reader(reader: Reader, *, is_owner: bool = False) -> int:
    """Delete a reader of a report without an account, with their codes and passes.

    is_owner: they own the request, so `erase_owner` removes what others wrote about them.
    """
    reference_request = reader.reference_request
    count = messages.erase_about([reader.uid])
    deleted, _tables = Reader.objects.filter(pk=reader.pk).delete()
    about_report = Message.objects.filter(about_uid=reference_request.uid, to_email__iexact=reader.email)
    sent, _tables = about_report.delete()
    redacted = 0 if is_owner else redact_staff(reference_request, reader.name, reader.email)
    return count + deleted + sent + redacted


def erase_owner(reference_request: ReferenceRequest) -> int:
    """Forget who owned the request."""
    name, email = reference_request.owner_name, reference_request.owner_email
    by = {"owner_name": ERASED_READER, "owner_email": "", "owner_rule": ""}
    changed = ReferenceRequest.objects.filter(pk=reference_request.pk).update(**by)
    reference_request.owner_name = ""
    return changed + redact_staff(reference_request, name, email)


def redact_staff(reference_request: ReferenceRequest, name: str, email: str) -> int:
    """Remove an owner's or reader's name and address from what remains of a request."""
    return redact_request(reference_request, name, [email], by=str(ERASED_READER))


def subjects_of(reference_request: ReferenceRequest) -> list[UUID]:
    """The uids of the request, its references, and its readers, which its messages and links refer to."""
    references = Reference.objects.filter(reference_request=reference_request).values_list("uid", flat=True)
    readers = Reader.objects.filter(reference_request=reference_request).values_list("uid", flat=True)
    return [reference_request.uid, *references, *readers]


def redact_request(reference_request: ReferenceRequest, name: str, addresses: Sequence[str], *, by: str) -> int:
    """Remove a person from what remains of a request: its texts, answers, and messages. Returns how many rows changed.

    What we know to be about someone else with the same name keeps it. An unsent message only loses the name, because
    someone still needs it.
    """
    of_request, words = {"reference_request": reference_request}, [name, *addresses]
    forms = short_forms(name, others=_names_in(reference_request))
    same = namesakes(reference_request, name)
    files.changed(reference_request)
    stored.refresh_later(reference_request)
    entries = TimelineEntry.objects.filter(**of_request)
    messages_about = Message.objects.filter(about_uid__in=subjects_of(reference_request))
    to_namesakes, others = messages_about.filter(about_uid__in=same), messages_about.exclude(about_uid__in=same)
    texts: tuple[tuple[QuerySet[Any], tuple[str, ...]], ...] = (
        (ReferenceRequest.objects.filter(pk=reference_request.pk), OF_REQUEST),
        (entries.exclude(about_uid=None).exclude(about_uid__in=same), ("sentence",)),
        (Answer.objects.filter(response__reference_request=reference_request), ("text",)),
        (Reference.objects.filter(**of_request), OF_REFERENCE),
        (Reader.objects.filter(**of_request), ("reason",)),
        (Reminder.objects.filter(**of_request), ("requested_by",)),
        (others, ("subject", "sender_name")),
    )
    count = sum(redact_rows(rows, columns, words, by=by, forms=forms) for rows, columns in texts)
    # An entry that lists two people with the same name keeps one of them.
    of_several = entries.filter(about_uid=None)
    count += redact_rows(of_several, ("sentence",), words, by=by, forms=forms, at_most=1 if same else 0)
    count += redact_rows(messages_about, ("reply_to",), addresses, by="")
    return count + _redact_unsent(others, words, by, forms) + _redact_unsent(to_namesakes, addresses, by)


def namesakes(reference_request: ReferenceRequest, name: str, *, besides: UUID | None = None) -> list[UUID]:
    """The uids by which the timeline knows the people with this name: references, and the request for its candidate."""
    people = [(reference_request.uid, reference_request.candidate_name)]
    people += Reference.objects.filter(reference_request=reference_request).values_list("uid", "name")
    key = comparison_key(name)
    return [uid for uid, other in people if uid != besides and comparison_key(other) == key]


def _names_in(reference_request: ReferenceRequest) -> list[str]:
    """The names of the people in a request."""
    of_request = {"reference_request": reference_request}
    references = Reference.objects.filter(**of_request).values_list("name", flat=True)
    readers = Reader.objects.filter(**of_request).values_list("name", flat=True)
    return [reference_request.candidate_name, reference_request.owner_name, *references, *readers]


def _redact_unsent(rows: "QuerySet[Message]", words: Sequence[str], by: str, forms: ShortForms = NO_SHORT_FORMS) -> int:
    """Remove words from the texts of messages that aren't sent yet. Returns how many changed."""
    count = 0
    for message in rows.filter(state__in=UNFINISHED).exclude(text=""):
        page = html.escape(by)
        page_forms = ShortForms(html.escape(forms.first), html.escape(forms.last))
        changes = {
            "text": redact(message.text, words, by=by, forms=forms),
            "html": redact(message.html, [*words, *map(html.escape, words)], by=page, forms=page_forms),
        }
        if changes != {"text": message.text, "html": message.html}:
            # If it was sent in the meantime, its text is erased and stays so.
            unsent = Message.objects.filter(pk=message.pk).exclude(text="")
            count += unsent.update(**sealed(message, changes))
    return count


def redact_rows(
    rows: "QuerySet[Any]",
    columns: Sequence[str],
    words: Sequence[str],
    *,
    by: str,
    forms: ShortForms = NO_SHORT_FORMS,
    at_most: int = 0,
) -> int:
    """Remove words from text columns. Returns how many rows changed. Reads all rows: those of one request."""
    most, count = {column: rows.model._meta.get_field(column).max_length for column in columns}, 0
    for pk, *texts in rows.order_by().values_list("pk", *columns):
        shorter = [redact(text, words, by=by, forms=forms, at_most=at_most) for text in texts]
        changes = {
            column: fitted(new, most[column]) if most[column] else new
            for column, old, new in zip(columns, texts, shorter, strict=True)
            if new != old
        }
        if changes:
            count += rows.model._base_manager.filter(pk=pk).update(**changes)
    return count
