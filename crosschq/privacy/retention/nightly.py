"""The nightly task: deletes what has expired in every table, and counts the deleted rows by organization."""

from datetime import datetime

import structlog
from django.db.models import F

from crosschq.accounts.profile.sessions import forget_ended
from crosschq.core.outbox import periodic
from crosschq.core.restore import sent_ledger
from crosschq.messaging.sending.send import scrub_dead
from crosschq.privacy.retention import holds
from crosschq.privacy.retention.held_rows import InForce
from crosschq.privacy.retention.lifetimes import Expires, expiring
from crosschq.privacy.retention.models import RemovedRows
from crosschq.privacy.retention.sweep import Swept, sweep
from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import cross_tenant, tenant

log = structlog.get_logger(__name__)
TASK = "retention"


def run(*, now: datetime) -> None:
    """Delete everything that has expired. An organization, a table, or a row that fails doesn't stop the others."""
    failed: dict[str, Exception] = {}

    def shared_tables() -> None:
        for line in expiring():
            if not line.per_organization:
                _log(line, _sweep(line, now, failed))

    def organizations() -> None:
        found = list(Organization.objects.order_by("pk"))
        periodic.for_each(f"{TASK} of an organization", found, lambda each: _sweep_tables(each, now, failed))

    def device_rows() -> None:
        forget_ended()

    def unsent_texts() -> None:
        with cross_tenant("texts of unsent messages are erased in every organization"):
            scrub_dead(now=now)

    def sent_ledger_files() -> None:
        sent_ledger.forget_old(now=now)

    periodic.run_all(f"{TASK} steps", shared_tables, organizations, device_rows, unsent_texts, sent_ledger_files)
    periodic.remember(TASK, failed)


def _sweep_tables(organization: Organization, now: datetime, failed: dict[str, Exception]) -> bool:
    with tenant(organization):
        held = holds.in_force()
    for line in expiring():
        if line.per_organization:
            swept = _sweep(line, now, failed, organization, held)
            _log(line, swept, organization)
            if swept.count or swept.failed:
                _store(line, swept, organization, now)
    return True


def _sweep(
    line: Expires,
    now: datetime,
    failed: dict[str, Exception],
    organization: Organization | None = None,
    held: InForce = holds.NOTHING_HELD,
) -> Swept:
    try:
        swept = sweep(line, now=now, organization=organization, held=held)
    except Exception as error:
        periodic.raise_if_database_is_gone(error)
        swept = Swept(failed={f"{line.table} of {organization.uid if organization else 'all'}": error})
    failed.update(swept.failed)
    return swept


def _store(line: Expires, swept: Swept, organization: Organization, now: datetime) -> None:
    """Add to tonight's row, which already exists if the task ran twice or the table has two lines."""
    with tenant(organization):
        night = {"organization": organization, "night": now.date(), "table": line.table}
        RemovedRows.objects.get_or_create(**night, defaults={"at": now})
        RemovedRows.objects.filter(**night).update(
            count=F("count") + swept.count, failed=F("failed") + len(swept.failed)
        )


def _log(line: Expires, swept: Swept, organization: Organization | None = None) -> None:
    if swept.count or swept.failed:
        of = str(organization.uid) if organization else ""
        log.info("retention", table=line.table, organization=of, removed=swept.count, failed=len(swept.failed))
