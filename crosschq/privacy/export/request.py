"""Requesting an export of one person, and deleting it on time. Call inside `tenant()`, except `delete_expired`."""

from datetime import timedelta
from uuid import UUID

from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.privacy.models import DataExport, as_text
from crosschq.tenancy import audit
from crosschq.tenancy.models import Organization, User
from crosschq.tenancy.person import Person
from crosschq.tenancy.requested_work import UNFINISHED
from crosschq.tenancy.scope import cross_tenant

KEPT_DAYS = 7
KEPT_UNFINISHED = timedelta(days=1)


def ask_for_export(
    person: Person, *, organization: Organization, actor: User, uid: UUID, with_answers: bool
) -> DataExport:
    """Start an export, or return the unfinished one. `uid`: the row named in the URL of the person's page."""
    new = DataExport(
        organization=organization,
        asked_by=actor,
        person_uid=uid,
        sought=as_text(person.sought),
        with_answers=with_answers,
        trace_id=work_item.current_trace_id(),
    )
    DataExport.objects.bulk_create([new], ignore_conflicts=True)
    same = DataExport.objects.filter(person_uid=uid, with_answers=with_answers, state__in=UNFINISHED)
    export: DataExport = same.get()
    if export.uid == new.uid:
        _record(export, actor, action="privacy.export")
        work_item.wake_workers(DataExport)
    return export


def record_download(export: DataExport, *, actor: User) -> None:
    _record(export, actor, action="privacy.download")


def delete_export(export: DataExport, *, actor: User) -> None:
    """Delete an export before it expires."""
    if DataExport.objects.filter(pk=export.pk).delete()[0]:
        _record(export, actor, action="privacy.delete_export")


def _record(export: DataExport, actor: User, *, action: str) -> None:
    audit.record(organization=export.organization, actor=actor, action=action, after={"export": export.uid})


def delete_expired() -> int:
    """Delete expired exports, and those that never finished."""
    now = clock.now()
    with cross_tenant("expired exports of every organization are deleted"):
        over, _tables = DataExport.objects.filter(expires_at__lt=now).delete()
        stuck, _tables = DataExport.objects.filter(expires_at=None, created_at__lt=now - KEPT_UNFINISHED).delete()
    return over + stuck
