"""What the operator must know: the scheduler died, work is late, rows of periodic tasks fail.

Anything that is alive may call `check`: a worker does while it drains. The first that finds something wrong logs an
ERROR line, and emails OPERATOR_EMAIL if that is set. The web server logs it too when /readyz is asked (`look`), for the
case that no worker is alive.
"""

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from django.db import connection, transaction
from django.utils.module_loading import import_string

from crosschq.core import clock
from crosschq.core.database import rls
from crosschq.core.models import Alarm, FailedRow, Heartbeat
from crosschq.core.outbox import work_item

log = structlog.get_logger(__name__)

SCHEDULER = "scheduler"
# It ticks every few seconds.
SILENT_AFTER = timedelta(minutes=2)
LATE_AFTER = timedelta(minutes=10)
LOG_EVERY = timedelta(minutes=5)
EMAIL_EVERY = timedelta(hours=1)
CHECK_SECONDS = 30.0
BEAT_SECONDS = 10.0
QUERY_MILLISECONDS = 1000
# A name, since emails are a layer above. Called as notify(alarm name, signs).
NOTIFY = "crosschq.messaging.sending.operator_email.notify"


@dataclass(frozen=True)
class Signs:
    """`oldest_due`: by the label of the table, when its oldest item that nobody has done fell due."""

    last_beat: datetime | None
    oldest_due: dict[str, datetime] = field(default_factory=dict)
    failed_rows: int = 0

    def age(self, moment: datetime | None) -> int | None:
        return None if moment is None else max(0, int((clock.now() - moment).total_seconds()))

    def as_report(self) -> dict[str, int | None]:
        """For /readyz: seconds and counts."""
        return {
            "last_beat_seconds": self.age(self.last_beat),
            "oldest_due_seconds": self.age(min(self.oldest_due.values(), default=None)),
            "failed_rows": self.failed_rows,
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
        return found


def note_beat() -> None:
    """The scheduler calls this at each tick."""
    if _is_due("beat", BEAT_SECONDS):
        Heartbeat.objects.update_or_create(name=SCHEDULER, defaults={"at": clock.now()})


def check_now_and_then() -> None:
    """Check at most every 30 s in this process. Raises nothing: what works on rows goes on without."""
    if not _is_due("check", CHECK_SECONDS):
        return
    try:
        check()
    except Exception as error:
        log.exception("alarm_check_failed", kind=type(error).__name__)


def check() -> Signs:
    """Read the signs and tell the operator what is wrong, once for all processes. Raises django.db.Error."""
    # Before the scheduler's first tick its silence is counted from now.
    Heartbeat.objects.get_or_create(name=SCHEDULER)
    signs = read_signs()
    for name in signs.alarms:
        _tell(name, signs)
    if Alarm.objects.exclude(name__in=signs.alarms).exists():
        _end(signs.alarms)
    return signs


def read_signs() -> Signs:
    """Within about a second, whatever the backlog: an index is read, once for each lane of a table."""
    beat = Heartbeat.objects.filter(name=SCHEDULER).first()
    return Signs(beat.at if beat else None, _oldest_due(), FailedRow.objects.count())


def look() -> Signs:
    """For /readyz: read the signs, write nothing, and log what is wrong. It goes on when every worker is dead."""
    signs = read_signs()
    for name in signs.alarms:
        if _is_due(f"look {name}", LOG_EVERY.total_seconds()):
            log.error("operator_alarm", alarm=name, **signs.as_report())
    return signs


def _oldest_due() -> dict[str, datetime]:
    """Work that waits on purpose, such as an export under the vendor's limits, is left out."""
    found: dict[str, datetime] = {}
    with rls.scope(rls.ALL_TENANTS), connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('statement_timeout')")
        (before,) = cursor.fetchone()
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(QUERY_MILLISECONDS)])
        for model in work_item.kinds():
            if getattr(model, "drains_slowly", False):
                continue
            oldest = work_item.due_since(model)
            if oldest is not None:
                found[model._meta.label] = oldest
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [before])
    return found


def _tell(name: str, signs: Signs) -> None:
    now = clock.now()
    with transaction.atomic():
        alarm, is_new = Alarm.objects.get_or_create(name=name)
        # The condition makes one of several processes that look at the same moment tell.
        logs = is_new or _take(alarm, "logged_at", now - LOG_EVERY)
        emails = is_new or _take(alarm, "emailed_at", now - EMAIL_EVERY)
        if emails:
            import_string(NOTIFY)(name, signs)
    if logs:
        log.error("operator_alarm", alarm=name, since=alarm.raised_at.isoformat(), **signs.as_report())


def _take(alarm: Alarm, column: str, before: datetime) -> bool:
    late = Alarm.objects.filter(pk=alarm.pk, **{f"{column}__lte": before})
    return bool(late.update(**{column: clock.now()}))


def _end(still: list[str]) -> None:
    for name in Alarm.objects.exclude(name__in=still).values_list("name", flat=True):
        if Alarm.objects.filter(name=name).delete()[0]:
            log.warning("operator_alarm_ended", alarm=name)


_last: dict[str, float] = {}


def _is_due(what: str, seconds: float) -> bool:
    """Whether so many seconds have passed in this process since the last time."""
    now = time.monotonic()
    if now - _last.get(what, -seconds) < seconds:
        return False
    _last[what] = now
    return True
