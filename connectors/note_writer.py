"""Writes the report's link to the candidate's notes, once.

The ATS has no idempotency keys. So we record that we are about to post, post, and store the result. If a process dies
in between, we search the notes before the next attempt. If the grant can't read notes, an admin decides.
"""

import uuid

from django.utils.translation import gettext as _

from connectors import ats, doubtful_writes
from connectors.calls.gateway import as_setback, open_ats
from connectors.models import Attachment, Connection, Writeback
from connectors.setup.permissions import POST_NOTE, READ_NOTES, record_use
from crosschq.core.outbox import work_item
from crosschq.core.outbox.fault_points import fault
from crosschq.core.outbox.work_item import WorkState
from crosschq.tenancy.scope import tenant


def post_report_link(
    *, connection: Connection, candidate_id: str, url: str, sentence: str, about_kind: str, about_uid: uuid.UUID
) -> Writeback:
    """Queue a note with one fixed sentence and the URL on its own line. Call inside `tenant()`.

    Never include user text in a note: a tag in it could mention and email any user.
    """
    writeback, _created = Writeback.objects.get_or_create(
        about_kind=about_kind,
        about_uid=about_uid,
        defaults={
            "organization": connection.organization,
            "connection": connection,
            "candidate_id": candidate_id,
            "text": f"{sentence}\n{url}",
            "mark": url,
            "trace_id": work_item.current_trace_id(),
        },
    )
    work_item.wake_workers(Writeback)
    result: Writeback = writeback
    return result


def follow(connection: Connection, old_id: str, new_id: str) -> None:
    """Redirect pending notes and files to the profile that this one was merged into. Call inside `tenant()`."""
    done = [WorkState.DONE, WorkState.CANCELLED]
    for model in (Writeback, Attachment):
        for item in model.objects.filter(connection=connection, candidate_id=old_id).exclude(state__in=done):
            model.objects.filter(pk=item.pk).update(candidate_id=new_id)
            if item.state == WorkState.DEAD:
                work_item.try_again(item)


def perform(item: Writeback) -> None:
    with tenant(item.organization):
        connection = Connection.objects.select_related("organization").get(pk=item.connection_id)
    opened = open_ats(connection)
    doubtful_writes.follow_merge(item, opened, connection)
    there = item.asked_at is not None and _is_there(item, opened, connection)
    if not there:
        sentence = _("%(ats)s may still be writing the note. We'll check again before we repeat it.")
        doubtful_writes.wait_if_under_way(item, sentence % {"ats": connection.ats_name})
    note_id = "" if there else _post(item, opened, connection)
    with tenant(item.organization):
        work_item.finish(item, ats_id=note_id)
        if not there:
            record_use(connection, POST_NOTE, allowed=True)


def _is_there(item: Writeback, opened: ats.Ats, connection: Connection) -> bool:
    """Whether an earlier attempt without a response wrote the note."""
    try:
        found = opened.note_exists(candidate_id=item.candidate_id, containing=item.mark)
        _note_use(item, connection, READ_NOTES, allowed=True)
        return found
    except ats.Forbidden as error:
        _note_use(item, connection, READ_NOTES, allowed=False)
        doubt = _("The note may already exist, and we aren't allowed to read notes. Check the profile, then try again.")
        raise work_item.OutcomeUnknown(doubt) from error
    except ats.AtsError as error:
        raise as_setback(error, connection) from error


def _post(item: Writeback, opened: ats.Ats, connection: Connection) -> str:
    remember = doubtful_writes.before_send(item)

    def before_send() -> None:
        remember()
        fault("note_before_post")

    try:
        note_id = opened.post_note(candidate_id=item.candidate_id, content=item.text, before_send=before_send)
    except ats.AtsError as error:
        if isinstance(error, ats.Forbidden):
            _note_use(item, connection, POST_NOTE, allowed=False)
        doubtful_writes.note_failure(item, error)
        raise as_setback(error, connection) from error
    fault("note_after_post")
    return note_id


def _note_use(item: Writeback, connection: Connection, call: str, *, allowed: bool) -> None:
    with tenant(item.organization):
        record_use(connection, call, allowed=allowed)
