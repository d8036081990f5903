"""Writing the report's link into the candidate's notes, once.

No write of SmartRecruiters has an idempotency key. So we note that we are about to ask, ask, and store the answer; if
a process ends in between, the notes are read before another try. Where the grant may not read them, a person decides.
"""

import uuid
from datetime import timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from connectors import ats
from connectors.calls.gateway import as_setback, open_ats
from connectors.models import Connection, Writeback
from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.core.outbox.fault_points import fault
from crosschq.core.outbox.work_item import WorkState
from crosschq.core.web import http
from crosschq.tenancy.scope import tenant


def post_report_link(
    *, connection: Connection, candidate_id: str, url: str, sentence: str, about_kind: str, about_uid: uuid.UUID
) -> Writeback:
    """Write a note of one sentence of ours and the address alone on its line. Call inside `tenant()`.

    Nobody else's text enters a note: a tag in it could mention, and mail, any user.
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
    """The profile was merged into another: what is still to be written goes there. Call inside `tenant()`."""
    done = [WorkState.DONE, WorkState.CANCELLED]
    for item in Writeback.objects.filter(connection=connection, candidate_id=old_id).exclude(state__in=done):
        Writeback.objects.filter(pk=item.pk).update(candidate_id=new_id)
        if item.state == WorkState.DEAD:
            work_item.try_again(item)


def perform(item: Writeback) -> None:
    with tenant(item.organization):
        connection = Connection.objects.select_related("organization").get(pk=item.connection_id)
    opened = open_ats(connection)
    _follow_merge(item, opened, connection)
    there = item.asked_at is not None and _is_there(item, opened, connection)
    if not there and _may_be_under_way(item):
        raise work_item.Retry(_("SmartRecruiters may still be writing the note. We look again before we repeat it."))
    note_id = "" if there else _post(item, opened, connection)
    with tenant(item.organization):
        work_item.finish(item, ats_id=note_id)


def _may_be_under_way(item: Writeback) -> bool:
    """Whether an earlier try may still be worked on, after the process that asked is gone."""
    longest = timedelta(seconds=http.WRITE_SECONDS * settings.LEASE_SCALE)
    return item.asked_at is not None and item.asked_at > clock.now() - longest


def _follow_merge(item: Writeback, opened: ats.Ats, connection: Connection) -> None:
    """A note with the tag of a profile that was merged away stands on no profile: it goes to the one that stays."""
    try:
        found = opened.candidate(item.candidate_id)
    except ats.Malformed:
        return
    except ats.AtsError as error:
        raise as_setback(error, connection) from error
    if found.id != item.candidate_id:
        item.candidate_id = found.id
        with tenant(item.organization):
            Writeback.objects.filter(pk=item.pk).update(candidate_id=found.id)


def _is_there(item: Writeback, opened: ats.Ats, connection: Connection) -> bool:
    """Whether an earlier try, whose answer we never saw, has written the note."""
    try:
        return opened.note_exists(candidate_id=item.candidate_id, containing=item.mark)
    except ats.Forbidden as error:
        doubt = _("The note may be there already, and we may not read notes. Look at the profile, then try again.")
        raise work_item.OutcomeUnknown(doubt) from error
    except ats.AtsError as error:
        raise as_setback(error, connection) from error


def _post(item: Writeback, opened: ats.Ats, connection: Connection) -> str:
    _remember_asking(item, asked=True)
    fault("note_before_post")
    try:
        note_id = opened.post_note(candidate_id=item.candidate_id, content=item.text)
    except ats.AtsError as error:
        if definitely_failed(error):
            _remember_asking(item, asked=False)
        raise as_setback(error, connection) from error
    fault("note_after_post")
    return note_id


def definitely_failed(error: ats.AtsError) -> bool:
    """Whether nothing can have been written: the vendor said no, or never got the request."""
    return not (isinstance(error, ats.Malformed) or (isinstance(error, ats.Unavailable) and error.sent))


def _remember_asking(item: Writeback, *, asked: bool) -> None:
    with tenant(item.organization):
        Writeback.objects.filter(pk=item.pk).update(asked_at=clock.now() if asked else None)
