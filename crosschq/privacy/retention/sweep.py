"""Finds and deletes the expired rows of one table, a few at a time.

The dry run counts the same rows that the nightly task deletes: both use `expired`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Count, Max, Min

from crosschq.core.outbox import periodic
from crosschq.core.outbox.fault_points import fault
from crosschq.privacy.retention import deletions
from crosschq.privacy.retention.held_rows import InForce
from crosschq.privacy.retention.holds import NOTHING_HELD, up_to_date
from crosschq.privacy.retention.lifetimes import Expires
from crosschq.tenancy.models import Organization
from crosschq.tenancy.retention import RetentionKind, period_of
from crosschq.tenancy.scope import cross_tenant, tenant

Rows = Callable[[], "models.QuerySet[Any]"]
# Deleted by one transaction. Rows that a function deletes one by one need a transaction each.
BATCH = 500


@dataclass(frozen=True)
class DeletionOutlook:
    """What would be deleted: how many rows, and the times of the oldest and the newest."""

    count: int
    oldest: datetime | None
    newest: datetime | None


@dataclass
class Swept:
    """How many rows were deleted, and the errors of those that weren't."""

    count: int = 0
    failed: dict[str, Exception] = field(default_factory=dict)


def expired(
    line: Expires, *, now: datetime, organization: Organization | None = None, held: InForce = NOTHING_HELD
) -> "models.QuerySet[Any]":
    """The expired rows of this table, oldest first. Call inside `tenant()` or `cross_tenant()`."""
    if isinstance(line.after, RetentionKind):
        if organization is None:
            raise ValueError(f"{line.table}: its period is set by an organization")
        until = period_of(organization, line.after).before(now)
    else:
        until = now - line.after
    rows = line.model._base_manager.filter(line.only, **{f"{line.column}__lt": until})
    if organization is not None:
        rows = rows.filter(organization=organization)
    return held.leave_out(rows).order_by(line.column, "pk")


def outlook(line: Expires, *, now: datetime, organization: Organization, held: InForce) -> DeletionOutlook:
    """What the nightly task would delete at this time. Call inside `tenant()`."""
    rows = expired(line, now=now, organization=organization, held=held).order_by()
    found = rows.aggregate(count=Count("pk"), oldest=Min(line.column), newest=Max(line.column))
    return DeletionOutlook(found["count"], found["oldest"], found["newest"])


def sweep(
    line: Expires, *, now: datetime, organization: Organization | None = None, held: InForce = NOTHING_HELD
) -> Swept:
    """Delete what has expired, in batches. A row that can't be deleted doesn't stop the others."""
    swept, left = Swept(), set[Any]()
    size = 1 if line.one_by_one else BATCH

    def rows() -> "models.QuerySet[Any]":
        # A night can be long: a hold placed or a period changed meanwhile counts, and so does a row that came back.
        if organization is None:
            return expired(line, now=now)
        organization.refresh_from_db(fields=["retention"])
        return expired(line, now=now, organization=organization, held=up_to_date(held))

    while True:
        with _scope(organization):
            chosen = list(rows().exclude(pk__in=left).values_list("pk", flat=True)[:BATCH])
        for start in range(0, len(chosen), size):
            batch = chosen[start : start + size]
            _delete_or_leave(line, batch, organization, rows, swept, left)
            fault("night_after_delete")
        if len(chosen) < BATCH:
            return swept


def _delete_or_leave(
    line: Expires, batch: list[Any], organization: Organization | None, rows: Rows, swept: Swept, left: set[Any]
) -> None:
    """Delete a batch. If that fails, delete its rows one by one and skip those that fail."""
    try:
        swept.count += _delete(line, batch, organization, rows)
    except Exception as error:
        periodic.raise_if_database_is_gone(error)
        if len(batch) == 1:
            left.add(batch[0])
            swept.failed[f"{line.table} {batch[0]}"] = error
            return
        for pk in batch:
            _delete_or_leave(line, [pk], organization, rows, swept, left)


def _delete(line: Expires, batch: list[Any], organization: Organization | None, rows: Rows) -> int:
    with _scope(organization):
        chosen = rows().filter(pk__in=batch).order_by()
        act: Callable[[Any], int] | None = deletions.FUNCTIONS.get(line.table) if line.one_by_one else None
        if act is not None:
            # Locked, so that a request that a member is reopening isn't deleted once it is open.
            locked = chosen.select_related("organization").select_for_update(of=("self",), no_key=True)
            return sum(act(row) for row in locked)
        _all, by_table = chosen.delete()
        return by_table.get(line.table, 0)


def _scope(organization: Organization | None) -> Any:
    return tenant(organization) if organization else cross_tenant("rows that belong to no single organization expire")
