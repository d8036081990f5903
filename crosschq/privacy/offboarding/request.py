"""Requesting the deletion of an organization, and canceling it. Call inside `tenant()`."""

from datetime import timedelta

from connectors import extensions
from crosschq.core import clock
from crosschq.core.database import locks
from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.privacy.models import DataExport, Offboarding
from crosschq.privacy.offboarding import emails
from crosschq.privacy.retention.models import LegalHold
from crosschq.tenancy import audit
from crosschq.tenancy.models import Organization, User
from crosschq.tenancy.requested_work import UNFINISHED

GRACE_DAYS = 7


def is_on_hold() -> bool:
    """Whether a legal hold forbids deleting anything."""
    return bool(LegalHold.objects.filter(released_at=None).exists())


def current(organization: Organization) -> Offboarding | None:
    """The deletion that is scheduled, in progress, or failed."""
    rows = Offboarding.objects.filter(state__in=[*UNFINISHED, WorkState.DEAD]).select_related("asked_by")
    return rows.order_by("-created_at", "-pk").first()


def hold_connecting(organization: Organization) -> None:
    """Let no sign-in to an ATS end, until the end of the transaction. Waits for one that is ending."""
    locks.hold(f"connecting:{organization.pk}")


@extensions.is_being_deleted.provide
def has_begun(organization: Organization) -> bool:
    """Whether the deletion has begun, and not failed. Until the transaction ends, it doesn't disconnect."""
    hold_connecting(organization)
    return bool(Offboarding.objects.filter(state__in=UNFINISHED, attempts__gt=0).exists())


def ask_to_delete(organization: Organization, *, actor: User) -> Offboarding:
    """Delete the organization in a week. A second click joins the first."""
    new = Offboarding(
        organization=organization,
        asked_by=actor,
        available_at=clock.now() + timedelta(days=GRACE_DAYS),
        trace_id=work_item.current_trace_id(),
    )
    Offboarding.objects.bulk_create([new], ignore_conflicts=True)
    offboarding: Offboarding = Offboarding.objects.get(state__in=UNFINISHED)
    if offboarding.uid == new.uid:
        audit.record(organization=organization, actor=actor, action="organization.delete")
        emails.deletion_requested(organization, actor=actor, at=offboarding.available_at)
    return offboarding


def keep(organization: Organization, *, actor: User) -> bool:
    """Cancel the deletion. Returns False if it has begun, or if there is none."""
    waiting = Offboarding.objects.filter(state__in=[WorkState.PENDING, WorkState.DEAD])
    if not waiting.update(state=WorkState.CANCELLED, finished_at=clock.now()):
        return False
    audit.record(organization=organization, actor=actor, action="organization.keep")
    emails.deletion_canceled(organization, actor=actor)
    return True


def ask_for_everything(organization: Organization, *, actor: User) -> DataExport:
    """Start an export of everything that the organization holds, or return the unfinished one."""
    new = DataExport(
        organization=organization,
        asked_by=actor,
        person_uid=organization.uid,
        of_organization=True,
        sought='{"keys": [], "uids": []}',
        trace_id=work_item.current_trace_id(),
    )
    DataExport.objects.bulk_create([new], ignore_conflicts=True)
    export: DataExport = DataExport.objects.get(of_organization=True, state__in=UNFINISHED)
    if export.uid == new.uid:
        audit.record(organization=organization, actor=actor, action="organization.export", after={"export": export.uid})
        work_item.wake_workers(DataExport)
    return export
