"""Loops of periodic tasks: a row that fails doesn't stop the others, the operator learns of it, and it's tried again.

Each task finds the rows that are due anew, so the next run comes back to a failed row. What failed in the last run is
in the table `FailedRow`: /readyz counts it and alarm.py reports it.
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
    """Act on each row in a transaction of its own. Returns for how many `act` returned True.

    `task` names the loop. Call it outside of a transaction. Raises only when the database itself is gone.
    """
    count, failed = 0, {}
    for row in rows:
        try:
            count += bool(act(row))
        except Exception as error:
            _raise_if_database_is_gone(error)
            failed[f"{row._meta.label} {getattr(row, 'uid', row.pk)}"] = error
    _remember(task, failed)
    return count


def run_all(task: str, *steps: Callable[[], object]) -> None:
    """Run the steps of a task. One that fails doesn't stop the next."""
    failed = {}
    for step in steps:
        try:
            step()
        except Exception as error:
            _raise_if_database_is_gone(error)
            failed[getattr(step, "__name__", "step")] = error
    _remember(task, failed)


def _raise_if_database_is_gone(error: Exception) -> None:
    if isinstance(error, (OperationalError, InterfaceError)) and not connection.is_usable():
        raise error


def _remember(task: str, failed: dict[str, Exception]) -> None:
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
