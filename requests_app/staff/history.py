"""Everything that happened to a request, and what is planned, in one list.

It is merged when it is read, from the rows that already record it: the timeline's own entries, messages, reminders,
drafts, events from the ATS, the note, and the PDF. Each of them takes one query, however long the history is.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db.models import Count, F, Max, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from connectors.models import AtsWrite, Attachment, Writeback
from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import Channel, DeliveryStatus, Message
from requests_app.models import (
    EntryKind,
    Reference,
    ReferenceRequest,
    ReferenceState,
    Reminder,
    Response,
    TimelineEntry,
)
from requests_app.staff.ats_events import ats_events
from requests_app.staff.badges import Badge, attachment_badge, email_line, note_badge

PER_PAGE = 50
LAST_PAGE = 100
MOST_REMINDERS = 50
PLANNED = "planned"
PROBLEMS = (EntryKind.ERROR, EntryKind.WARN)


@dataclass(frozen=True)
class HistoryItem:
    """One line. `kind`: an EntryKind or PLANNED. `event`: the one behind it. `reminder`: one that can be skipped."""

    at: datetime
    kind: str
    sentence: str
    badge: Badge | None = None
    details: tuple[str, ...] = ()
    event: UUID | None = None
    reminder: UUID | None = None
    name: str = ""

    @property
    def is_problem(self) -> bool:
        return self.kind in PROBLEMS


@dataclass(frozen=True)
class History:
    """A page of the past, newest first, and on the first page what is planned, latest first."""

    planned: Sequence[HistoryItem]
    past: Sequence[HistoryItem]
    page: int
    has_older: bool

    @property
    def is_long(self) -> bool:
        """Whether a phone shows only a part at first: the next two planned and the last five entries (staff.css)."""
        return len(self.past) > 5 or len(self.planned) > 2

    @property
    def newer_page(self) -> int:
        return self.page - 1

    @property
    def older_page(self) -> int:
        return self.page + 1


@dataclass(frozen=True)
class Rows:
    """What the caller has already read: the references, messages (newest first), `responses_of`, the note and PDF."""

    references: Sequence[Reference]
    messages: Sequence[Message]
    responses: Sequence[Response]
    note: Writeback | None
    file: Attachment | None = None


def history(reference_request: ReferenceRequest, rows: Rows, *, problems: bool = False, page: int = 1) -> History:
    """Return one page of it; `problems`: only what went wrong or waits for someone."""
    page = min(max(page, 1), LAST_PAGE)
    entries = TimelineEntry.objects.filter(reference_request=reference_request)
    if problems:
        entries = entries.filter(kind__in=PROBLEMS)
    messages = [_message(message) for message in rows.messages]
    reminders = _reminders(reference_request, rows.references)
    events = _events(reference_request)
    past = [
        *(item for item in [*messages, *reminders] if item.kind != PLANNED),
        *_drafts(reference_request, rows),
        *(item for item in events if item.event != reference_request.origin_event),
        *_written(reference_request, rows),
        # Last: what caused the others is below them if the times are equal.
        *_entries(reference_request, entries[: page * PER_PAGE + 1], {item.event for item in events}),
    ]
    shown = sorted((item for item in past if item.is_problem or not problems), key=lambda item: item.at, reverse=True)
    first = (page - 1) * PER_PAGE
    planned: list[HistoryItem] = []
    if page == 1 and not problems:
        planned = [item for item in [*reminders, *messages] if item.kind == PLANNED]
    return History(
        planned=sorted(planned, key=lambda item: item.at, reverse=True),
        past=shown[first : first + PER_PAGE],
        page=page,
        has_older=len(shown) > first + PER_PAGE and page < LAST_PAGE,
    )


def _entries(
    reference_request: ReferenceRequest, entries: Iterable[TimelineEntry], events: set[UUID | None]
) -> list[HistoryItem]:
    """The timeline's own entries. The entry that says why the request was sent links to its event."""
    origin = reference_request.origin_event if reference_request.origin_event in events else None
    found = [HistoryItem(entry.at, entry.kind, entry.sentence) for entry in entries]
    return [
        replace(item, event=origin) if origin and item.sentence == reference_request.origin_sentence else item
        for item in found
    ]


def _message(message: Message) -> HistoryItem:
    line = email_line(message)
    if message.channel == Channel.TEXT:
        sentence = _("Text message to %(name)s") % {"name": message.to_name}
    else:
        sentence = _("Email to %(name)s") % {"name": message.to_name}
    subject = _("“%(subject)s” to %(address)s") % {"subject": message.subject, "address": message.address}
    details = [subject if message.subject else message.address]
    if message.delivery == DeliveryStatus.COMPLAINED:
        details.append(_("We no longer send to this address."))
    elif message.reason:
        details.append(message.reason)
    elif message.delivery == DeliveryStatus.SOFT_BOUNCED:
        details.append(_("The mailbox was full or unavailable. The next reminder tries again."))
    at = line.until or message.delivery_at or message.finished_at or message.created_at
    kind = PLANNED if line.until else line.kind
    # A message that went out is a small event next to what people do.
    kind = EntryKind.QUIET if kind in (EntryKind.OK, EntryKind.INFO) else kind
    return HistoryItem(at, kind, sentence, badge=Badge(line.kind, line.word), details=tuple(details))


def _reminders(reference_request: ReferenceRequest, references: Sequence[Reference]) -> list[HistoryItem]:
    """Planned reminders, and those that were due and not sent. One that was sent is an email."""
    names: dict[int | None, str] = {reference.pk: reference.name for reference in references}
    # What a person requested and we didn't send has its own entry.
    dropped = Q(state=WorkState.CANCELLED, finished_at__gte=F("planned_for"), requested_by="")
    rows = Reminder.objects.filter(
        Q(state=WorkState.PENDING) | Q(state=WorkState.DEAD) | dropped, reference_request=reference_request
    )
    found = []
    for row in rows.order_by("-available_at", "-id")[:MOST_REMINDERS]:
        name = names.get(row.reference_id, reference_request.candidate_name)
        if row.state == WorkState.PENDING:
            sentence = _("Reminder to %(name)s planned") % {"name": name}
            found.append(HistoryItem(row.available_at, PLANNED, sentence, reminder=row.uid, name=name))
            continue
        kind = EntryKind.ERROR if row.state == WorkState.DEAD else EntryKind.QUIET
        sentence = _("Reminder to %(name)s wasn't sent") % {"name": name}
        found.append(HistoryItem(row.finished_at or row.available_at, kind, sentence, details=(row.reason,)))
    return found


def responses_of(reference_request: ReferenceRequest) -> list[Response]:
    """All responses, with the number of their answers and when the last one was saved. One query."""
    rows = Response.objects.filter(reference_request=reference_request)
    return list(rows.annotate(saved_at=Max("answers__saved_at"), saved=Count("answers")))


def _drafts(reference_request: ReferenceRequest, rows: Rows) -> list[HistoryItem]:
    """When each person last saved answers that they haven't sent, and which references the candidate hasn't sent."""
    names: dict[int | None, str] = {reference.pk: reference.name for reference in rows.references}
    found = []
    for response in rows.responses:
        saved: int = response.saved  # type: ignore[attr-defined]  # annotated
        if response.submitted_at is not None or not saved:
            continue
        sentence = ngettext(
            "%(name)s saved a draft with %(count)d answer", "%(name)s saved a draft with %(count)d answers", saved
        )
        words = {"name": names.get(response.reference_id, reference_request.candidate_name), "count": saved}
        at: datetime = response.saved_at  # type: ignore[attr-defined]  # annotated
        found.append(HistoryItem(at, EntryKind.QUIET, sentence % words))
    for reference in rows.references:
        if reference.state == ReferenceState.NAMED:
            sentence = _("%(candidate)s entered %(name)s as a reference and hasn't sent the invitation yet")
            words = {"candidate": reference_request.candidate_name, "name": reference.name}
            found.append(HistoryItem(reference.created_at, EntryKind.QUIET, sentence % words))
    return found


def _events(reference_request: ReferenceRequest) -> list[HistoryItem]:
    connection = reference_request.connection
    if connection is None:
        return []
    return [
        HistoryItem(
            event.at,
            event.kind,
            _("%(ats)s: %(sentence)s") % {"ats": connection.ats_name, "sentence": event.sentence},
            event=event.uid,
        )
        for event in ats_events(reference_request)
    ]


def _written(reference_request: ReferenceRequest, rows: Rows) -> list[HistoryItem]:
    """The note and the latest PDF in the ATS."""
    connection = reference_request.connection
    if connection is None:
        return []
    ats = {"ats": connection.ats_name}
    found: list[tuple[AtsWrite, str, Badge]] = []
    if rows.note:
        found.append((rows.note, _("Note in %(ats)s") % ats, note_badge(rows.note)))
    if rows.file:
        found.append((rows.file, _("PDF of the report in %(ats)s") % ats, attachment_badge(rows.file)))
    # A note or PDF that isn't in the ATS yet is shown at the time when it was queued.
    return [
        HistoryItem(
            item.finished_at or item.created_at,
            badge.kind,
            sentence,
            badge=badge,
            details=(item.reason,) if item.reason else (),
        )
        for item, sentence, badge in found
    ]


def last_messages(messages: Iterable[Message]) -> dict[UUID, Message]:
    """The latest message to each candidate and reference, by their uid. `messages` are newest first."""
    found: dict[UUID, Message] = {}
    for message in messages:
        if message.about_uid and message.about_kind != "report":
            found.setdefault(message.about_uid, message)
    return found
