"""Post a request's note or attach its report again after a failure, or decide about one that may already be there."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Value
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from connectors import doubtful_writes
from connectors.models import AtsWrite, Attachment, Connection, ConnectionState, Writeback
from crosschq.core.outbox.work_item import WorkState
from requests_app import timeline
from requests_app.lifecycle import NotPossible, locked
from requests_app.models import EntryKind, ReferenceRequest
from requests_app.report.pdf import files


@dataclass(frozen=True)
class Again:
    """The note or PDF that can be written again, and why it isn't in the ATS. No item: the PDF has to be made first."""

    item: AtsWrite | None
    reason: str
    ats: str

    @property
    def is_unknown(self) -> bool:
        """Whether the note or PDF may already be in the ATS."""
        return self.item is not None and self.item.state == WorkState.UNKNOWN


class Found(StrEnum):
    """What a member knows about something that may be in the ATS."""

    LOOK = "look"  # they don't know, so look for it first
    MISSING = "missing"
    POSTED = "posted"


@dataclass(frozen=True)
class AtsCopy:
    """What goes to the ATS once. `latest` finds the one of a request; the sentences have the placeholder %(ats)s."""

    latest: Callable[[ReferenceRequest], AtsWrite | None]
    found: Promise
    again: Promise
    none: Promise
    done: Promise
    on_its_way: Promise
    disconnected: Promise
    needs_sign_in: Promise


def note_of(reference_request: ReferenceRequest) -> Writeback | None:
    found: Writeback | None = Writeback.objects.filter(about_kind="request", about_uid=reference_request.uid).first()
    return found


def attachment_of(reference_request: ReferenceRequest) -> Attachment | None:
    """The latest PDF of the request's report for the ATS, without its contents."""
    rows = Attachment.objects.filter(about_kind="request", about_uid=reference_request.uid).defer("contents")
    found: Attachment | None = rows.order_by("-pk").first()
    return found


def written_of(reference_request: ReferenceRequest) -> tuple[Writeback | None, Attachment | None]:
    """What `note_of` and `attachment_of` return, in one query, with the columns that both have. No PDF before a report.

    Neither without a connection.
    """
    if reference_request.connection is None:
        return None, None
    common = {field.attname for field in Attachment._meta.concrete_fields}
    columns = [field.attname for field in Writeback._meta.concrete_fields if field.attname in common]
    about = {"about_kind": "request", "about_uid": reference_request.uid}
    rows = Writeback.objects.filter(**about).order_by().values_list(Value("note"), *columns)
    if reference_request.has_report:
        files = Attachment.objects.filter(**about).order_by("-pk")
        rows = rows.union(files.values_list(Value("file"), *columns)[:1], all=True)
    found = {what: values for what, *values in rows}
    note = Writeback.from_db(rows.db, columns, found["note"]) if "note" in found else None
    file = Attachment.from_db(rows.db, columns, found["file"]) if "file" in found else None
    return note, file


NOTE = AtsCopy(
    latest=note_of,
    found=gettext_lazy("%(actor)s found the note in %(ats)s"),
    again=gettext_lazy("%(actor)s asked us to post the note in %(ats)s again"),
    none=gettext_lazy("This request has no note."),
    done=gettext_lazy("The note is already in %(ats)s."),
    on_its_way=gettext_lazy("The note is on its way to %(ats)s."),
    disconnected=gettext_lazy(
        "%(ats)s is disconnected, so we can't post the note. An admin can connect it under Connectors."
    ),
    needs_sign_in=gettext_lazy(
        "%(ats)s needs a new sign-in, so we can't post the note. An admin can sign in under Connectors."
    ),
)
ATTACHMENT = AtsCopy(
    latest=attachment_of,
    found=gettext_lazy("%(actor)s found the PDF of the report in %(ats)s"),
    again=gettext_lazy("%(actor)s asked us to attach the PDF of the report in %(ats)s again"),
    none=gettext_lazy("This request has no PDF to attach."),
    done=gettext_lazy("The PDF is already in %(ats)s."),
    on_its_way=gettext_lazy("The PDF is on its way to %(ats)s."),
    disconnected=gettext_lazy(
        "%(ats)s is disconnected, so we can't attach the PDF. An admin can connect it under Connectors."
    ),
    needs_sign_in=gettext_lazy(
        "%(ats)s needs a new sign-in, so we can't attach the PDF. An admin can sign in under Connectors."
    ),
)


def write_again(reference_request: ReferenceRequest, kind: AtsCopy, *, found: Found = Found.LOOK, actor: str) -> None:
    """Queue it again. A worker looks for an earlier one before it writes, unless a member has looked.

    Raises NotPossible.
    """
    reference_request = locked(reference_request)
    again = refuse(reference_request, kind)
    words = {"actor": actor, "ats": again.ats}
    sentence, entry = kind.again, EntryKind.INFO
    if again.item is None:
        files.attach(reference_request)
    elif found == Found.POSTED and again.is_unknown:
        doubtful_writes.mark_written(again.item)
        sentence, entry = kind.found, EntryKind.OK
    else:
        doubtful_writes.write_again(again.item, is_missing=found == Found.MISSING)
    timeline.note(reference_request, str(sentence) % words, kind=entry)


def refuse(reference_request: ReferenceRequest, kind: AtsCopy) -> Again:
    """Return what can be written again. Raises NotPossible with the reason if there is nothing."""
    item, connection = kind.latest(reference_request), reference_request.connection
    unmade = unmade_pdf(reference_request, item) if kind is ATTACHMENT else None
    if connection is None or (item is None and unmade is None):
        if connection and kind is ATTACHMENT and files.to_attach(reference_request):
            raise NotPossible(str(kind.on_its_way) % {"ats": connection.ats_name})
        raise NotPossible(str(kind.none))
    if kind is ATTACHMENT and reference_request.organization.reports_private:
        raise NotPossible(gettext("Reports are private, so their PDFs aren't attached."))
    state = item.state if item and unmade is None else WorkState.DEAD
    if why := _obstacle(state, connection, kind):
        raise NotPossible(str(why) % {"ats": connection.ats_name})
    if unmade is not None or item is None:
        return Again(None, unmade or "", connection.ats_name)
    item.connection = connection
    return Again(item, item.reason, connection.ats_name)


def unmade_pdf(reference_request: ReferenceRequest, latest: AtsWrite | None) -> str | None:
    """Why the report's PDF was never handed over for the ATS, maybe empty; None if it was, or is being made."""
    connection = reference_request.connection
    if connection is None or not connection.attach_reports or not reference_request.has_report:
        return None
    file = files.to_attach(reference_request)
    if file is not None and file.has_failed:
        return gettext("We couldn't make the PDF. %(why)s") % {"why": file.reason}
    is_under_way = file is not None and file.state in (WorkState.PENDING, WorkState.WORKING)
    return "" if latest is None and not is_under_way else None


def _obstacle(state: str, connection: Connection, kind: AtsCopy) -> Promise | None:
    by_state = {
        WorkState.DONE: kind.done,
        WorkState.PENDING: kind.on_its_way,
        WorkState.WORKING: kind.on_its_way,
        ConnectionState.NOT_CONNECTED: kind.disconnected,
        ConnectionState.NEEDS_SIGN_IN: kind.needs_sign_in,
    }
    return by_state.get(WorkState(state)) or by_state.get(ConnectionState(connection.state))
