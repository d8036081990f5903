"""Loops of periodic tasks: a row that fails doesn't stop the others, is reported to the operator, and is retried.

Each run looks for due rows again, so the next run retries a failed row. Rows that failed in the last run are in the
table `FailedRow`: /readyz counts them and alarm.py reports them.
"""

from collections.abc import Callable, Iterable
from typing import TypeVar

import structlog
from django.db import Error, InterfaceError, OperationalError, connection, models
from django.db.models import F

from crosschq.core import clock
from crosschq.core.models import FailedRow

log = structlog.get_logger(__name__)
Row = TypeVar("Row", bound=models.Model)


def for_each(task: str, rows: Iterable[Row], act: Callable[[Row], bool]) -> int:
    """Handle each row in its own transaction. Returns for how many rows `act` returned True.

    `task` names the loop. Call it outside a transaction. Raises only if the database itself is unavailable.
    """
    count, failed = 0, {}
    for row in rows:
        try:
            count += bool(act(row))
        except Exception as error:
            raise_if_database_is_gone(error)
            failed[f"{row._meta.label} {getattr(row, 'uid', row.pk)}"] = error
    remember(task, failed)
    return count


def run_all(task: str, *steps: Callable[[], object]) -> None:
    """Run the steps of a task. A step that fails doesn't stop the next one."""
    failed = {}
    for step in steps:
        try:
            step()
        except Exception as error:
            raise_if_database_is_gone(error)
            failed[getattr(step, "__name__", "step")] = error
    remember(task, failed)


def raise_if_database_is_gone(error: Exception) -> None:
    """Raise it again if it isn't about a row: nothing else can succeed then."""
    if isinstance(error, (OperationalError, InterfaceError)) and not connection.is_usable():
        raise error


def remember(task: str, failed: dict[str, Exception]) -> None:
    """Log what failed in this run of a task, and replace what the previous run stored."""
    for row, error in failed.items():
        log.error("periodic_row_failed", task=task, row=row, kind=type(error).__name__, exc_info=error)
    now = clock.now()
    try:
        FailedRow.objects.filter(task=task).exclude(row__in=failed).delete()
        for row, error in failed.items():
            kind = type(error).__name__[:80]
            _known, new = FailedRow.objects.get_or_create(
                task=task, row=row[:150], defaults={"error": kind, "first_at": now, "last_at": now}
            )
            if not new:
                again = FailedRow.objects.filter(task=task, row=row[:150])
                again.update(error=kind, last_at=now, times=F("times") + 1)
    except Error:
        log.exception("failed_rows_not_stored", task=task)
