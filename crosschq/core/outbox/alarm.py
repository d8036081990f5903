"""Alarms for the operator: a stopped scheduler, late or refused work, failing periodic tasks, a restored database.

Workers call `check` while they poll. The first worker to find a problem logs an ERROR line, and emails OPERATOR_EMAIL
if it is set. The web server also logs problems when /readyz is called (`read_and_log`), in case no worker is alive.
"""

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from django.db import connection, transaction
from django.utils.module_loading import import_string

from crosschq.core import clock
from crosschq.core.database import rls
from crosschq.core.models import Alarm, Circuit, FailedRow, Heartbeat, Installation
from crosschq.core.outbox import claims, work_item
from crosschq.core.outbox.queues import QUEUES

log = structlog.get_logger(__name__)

SCHEDULER = "scheduler"
# The scheduler's heartbeat comes every few seconds.
SILENT_AFTER = timedelta(minutes=2)
LATE_AFTER = timedelta(minutes=10)
# Of a whole destination, across all work for it.
FAILURES_IN_A_ROW = 5
LOG_EVERY = timedelta(minutes=5)
EMAIL_EVERY = timedelta(hours=1)
CHECK_SECONDS = 30.0
BEAT_SECONDS = 10.0
QUERY_MILLISECONDS = 1000
# A dotted name, because email is in a higher layer. Called as notify(alarm name, signs).
NOTIFY = "crosschq.messaging.sending.operator_email.notify"


@dataclass(frozen=True)
class Signs:
    """oldest_due: when the oldest pending item of each table with overdue work was due, by the table's label."""

    last_beat: datetime | None
    oldest_due: dict[str, datetime] = field(default_factory=dict)
    failed_rows: int = 0
    is_restored: bool = False
    # How many destinations, such as the email server, have failed again and again without a success in between.
    failing: int = 0

    def age(self, moment: datetime | None) -> int | None:
        return None if moment is None else max(0, int((clock.now() - moment).total_seconds()))

    def as_report(self) -> dict[str, int | None]:
        """Seconds and counts, for /readyz."""
        return {
            "last_beat_seconds": self.age(self.last_beat),
            "oldest_due_seconds": self.age(min(self.oldest_due.values(), default=None)),
            "failed_rows": self.failed_rows,
            "restore_mode": int(self.is_restored),
            "failing_destinations": self.failing,
        }

    @property
    def alarms(self) -> list[str]:
        now = clock.now()
        found = []
        if self.last_beat is not None and now - self.last_beat > SILENT_AFTER:
            found.append("scheduler_silent")
        if any(now - due > LATE_AFTER for due in self.oldest_due.values()):
            found.append("work_late")
        if self.failed_rows:
            found.append("periodic_rows_fail")
        if self.is_restored:
            found.append("database_restored")
        if self.failing:
            found.append("sending_fails")
        return found


def note_beat() -> None:
    """Record that the scheduler is alive."""
    if _is_due("beat", BEAT_SECONDS):
        Heartbeat.objects.update_or_create(name=SCHEDULER, defaults={"at": clock.now()})


def check_periodically() -> None:
    """Run the checks at most once every CHECK_SECONDS in this process. Never raises, so the caller keeps working."""
    if not _is_due("check", CHECK_SECONDS):
        return
    try:
        check()
    except Exception as error:
        log.exception("alarm_check_failed", kind=type(error).__name__)


def check() -> Signs:
    """Read the signs and notify the operator of problems, once across all processes. Raises django.db.Error."""
    # Until the scheduler's first heartbeat, its silence is counted from now.
    Heartbeat.objects.get_or_create(name=SCHEDULER)
    signs = read_signs()
    for name in signs.alarms:
        _notify(name, signs)
    if Alarm.objects.exclude(name__in=signs.alarms).exists():
        _clear(signs.alarms)
    return signs


def read_signs() -> Signs:
    """Read the current signs. Takes about a second with any backlog: one index read per table and concurrency key."""
    beat = Heartbeat.objects.filter(name=SCHEDULER).first()
    is_restored = Installation.objects.exclude(restored_at=None).exists()
    keys = [queue.destination for queue in QUEUES.values() if queue.destination]
    failing = Circuit.objects.filter(key__in=keys, failures__gte=FAILURES_IN_A_ROW).count()
    return Signs(beat.at if beat else None, _oldest_due(), FailedRow.objects.count(), is_restored, failing)


def read_and_log() -> Signs:
    """Read the signs and log problems without writing rows. Used by /readyz, and works even if no worker is alive."""
    signs = read_signs()
    for name in signs.alarms:
        if _is_due(f"log {name}", LOG_EVERY.total_seconds()):
            log.error("operator_alarm", alarm=name, **signs.as_report())
    return signs


def _oldest_due() -> dict[str, datetime]:
    """The oldest due item by table, except work that waits on purpose, such as an export under the ATS's limits."""
    found: dict[str, datetime] = {}
    with rls.scope(rls.ALL_TENANTS), connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('statement_timeout')")
        (before,) = cursor.fetchone()
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(QUERY_MILLISECONDS)])
        for model in work_item.kinds():
            if getattr(model, "drains_slowly", False):
                continue
            oldest = due_since(model)
            if oldest is not None:
                found[model._meta.label] = oldest
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [before])
    return found


def due_since(model: type[work_item.WorkItem]) -> datetime | None:
    """When the table's oldest pending item was due."""
    with rls.scope(rls.ALL_TENANTS):
        oldest = [claims.oldest_due(claims.table_of(model), queue) for queue in model.queues]
    return min((moment for moment in oldest if moment is not None), default=None)


def _notify(name: str, signs: Signs) -> None:
    now = clock.now()
    with transaction.atomic():
        alarm, is_new = Alarm.objects.get_or_create(name=name)
        # If several processes check at the same moment, this condition lets only one of them notify.
        logs = is_new or _claim_turn(alarm, "logged_at", now - LOG_EVERY)
        emails = is_new or _claim_turn(alarm, "emailed_at", now - EMAIL_EVERY)
        if emails:
            import_string(NOTIFY)(name, signs)
    if logs:
        log.error("operator_alarm", alarm=name, since=alarm.raised_at.isoformat(), **signs.as_report())


def _claim_turn(alarm: Alarm, column: str, before: datetime) -> bool:
    late = Alarm.objects.filter(pk=alarm.pk, **{f"{column}__lte": before})
    return bool(late.update(**{column: clock.now()}))


def _clear(still: list[str]) -> None:
    for name in Alarm.objects.exclude(name__in=still).values_list("name", flat=True):
        if Alarm.objects.filter(name=name).delete()[0]:
            log.warning("operator_alarm_ended", alarm=name)


_last: dict[str, float] = {}


def _is_due(what: str, seconds: float) -> bool:
    """Whether this many seconds have passed since the last time in this process."""
    now = time.monotonic()
    if now - _last.get(what, -seconds) < seconds:
        return False
    _last[what] = now
    return True
