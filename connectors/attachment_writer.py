"""Attaches the PDF of a report to the candidate's application, each version once.

The file's name is unique for its version, so a repeated attempt finds it among the application's files.
"""

import base64
import uuid

from django.utils.translation import gettext as _

from connectors import ats, doubtful_writes
from connectors.ats_files import NewFile
from connectors.calls.gateway import as_setback, open_ats
from connectors.models import Attachment, Connection
from crosschq.core.outbox import work_item
from crosschq.core.outbox.fault_points import fault
from crosschq.core.outbox.work_item import WorkState
from crosschq.tenancy.scope import tenant

FILE_ALREADY_THERE = "FILE_ALREADY_EXIST"


def attach_report(
    *,
    connection: Connection,
    candidate_id: str,
    job_id: str,
    name: str,
    contents: bytes,
    about_kind: str,
    about_uid: uuid.UUID,
) -> None:
    """Queue a file, unless one with this name was queued. It replaces versions not written yet. Call in `tenant()`."""
    same = Attachment.objects.filter(about_kind=about_kind, about_uid=about_uid)
    if same.filter(name=name).exists():
        return
    same.filter(state__in=[WorkState.PENDING, WorkState.HELD, WorkState.DEAD], asked_at=None).delete()
    Attachment.objects.create(
        organization=connection.organization,
        connection=connection,
        candidate_id=candidate_id,
        job_id=job_id,
        name=name,
        contents=base64.b64encode(contents).decode(),
        about_kind=about_kind,
        about_uid=about_uid,
        trace_id=work_item.current_trace_id(),
    )
    work_item.wake_workers(Attachment)


def perform(item: Attachment) -> None:
    with tenant(item.organization):
        connection = Connection.objects.select_related("organization").get(pk=item.connection_id)
    opened = open_ats(connection)
    doubtful_writes.follow_merge(item, opened, connection)
    there = item.asked_at is not None and _is_there(item, opened, connection)
    if not there:
        sentence = _("%(ats)s may still be storing the file. We'll check again before we repeat it.")
        doubtful_writes.wait_if_under_way(item, sentence % {"ats": connection.ats_name})
    file_id = "" if there else _attach(item, opened, connection)
    with tenant(item.organization):
        work_item.finish(item, ats_id=file_id, contents="")


def _is_there(item: Attachment, opened: ats.Ats, connection: Connection) -> bool:
    """Whether an earlier attempt without a response stored the file."""
    try:
        return opened.file_exists(candidate_id=item.candidate_id, job_id=item.job_id, name=item.name)
    except ats.AtsError as error:
        raise as_setback(error, connection) from error


def _attach(item: Attachment, opened: ats.Ats, connection: Connection) -> str:
    remember = doubtful_writes.before_send(item)

    def before_send() -> None:
        remember()
        fault("attachment_before_post")

    try:
        file_id = opened.attach_file(
            candidate_id=item.candidate_id,
            job_id=item.job_id,
            file=NewFile(item.name, base64.b64decode(item.contents), "application/pdf"),
            before_send=before_send,
        )
    except ats.AtsError as error:
        if error.code == FILE_ALREADY_THERE:
            return ""
        doubtful_writes.note_failure(item, error)
        raise as_setback(error, connection) from error
    fault("attachment_after_post")
    return file_id
