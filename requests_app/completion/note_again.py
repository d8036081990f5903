"""Post a request's note again after it failed, or decide about one that may be there."""

from enum import StrEnum

from django.utils.translation import gettext as _

from connectors import note_writer
from connectors.models import Connection, ConnectionState, Writeback
from crosschq.core.outbox.work_item import WorkState
from requests_app import timeline
from requests_app.lifecycle import NotPossible, locked
from requests_app.models import EntryKind, ReferenceRequest


class Found(StrEnum):
    """What a member knows about a note that may be there."""

    LOOK = "look"  # nothing: look for it first
    MISSING = "missing"
    POSTED = "posted"


def note_of(reference_request: ReferenceRequest) -> Writeback | None:
    found: Writeback | None = Writeback.objects.filter(about_kind="request", about_uid=reference_request.uid).first()
    return found


def post_again(reference_request: ReferenceRequest, *, found: Found = Found.LOOK, actor: str) -> None:
    """Queue the note again. A worker looks for an earlier one before it posts, unless a member has looked.

    Raises NotPossible.
    """
    reference_request = locked(reference_request)
    note = refuse(reference_request)
    words = {"actor": actor, "ats": note.connection.ats_name}
    if found == Found.POSTED and note.state == WorkState.UNKNOWN:
        note_writer.mark_posted(note)
        sentence, kind = _("%(actor)s found the note in %(ats)s"), EntryKind.OK
    else:
        note_writer.post_again(note, is_missing=found == Found.MISSING)
        sentence, kind = _("%(actor)s asked us to post the note in %(ats)s again"), EntryKind.INFO
    timeline.note(reference_request, sentence % words, kind=kind)


def refuse(reference_request: ReferenceRequest) -> Writeback:
    """Return the note that can be posted again. Raises NotPossible with the reason if there is none."""
    note, connection = note_of(reference_request), reference_request.connection
    if note is None or connection is None:
        raise NotPossible(_("This request has no note."))
    ats = {"ats": connection.ats_name}
    if note.state == WorkState.DONE:
        raise NotPossible(_("The note is in %(ats)s already.") % ats)
    if note.state in (WorkState.PENDING, WorkState.WORKING):
        raise NotPossible(_("The note is on its way to %(ats)s.") % ats)
    _refuse_without_connection(connection)
    note.connection = connection
    return note


def _refuse_without_connection(connection: Connection) -> None:
    ats = {"ats": connection.ats_name}
    if connection.state == ConnectionState.NOT_CONNECTED:
        sentence = _("%(ats)s is disconnected, so we can't post the note. An admin can connect it under Connectors.")
        raise NotPossible(sentence % ats)
    if connection.state == ConnectionState.NEEDS_SIGN_IN:
        sentence = _("%(ats)s needs a new sign-in, so we can't post the note. An admin can sign in under Connectors.")
        raise NotPossible(sentence % ats)
