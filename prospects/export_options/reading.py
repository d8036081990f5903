"""Having a worker read what there is to choose from (options_worker.py): no page waits for SmartRecruiters."""

from datetime import timedelta

from connectors.models import Connection
from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from prospects.models import ExportSettings, OptionsReading, settings_of

# A list that is older is read anew when somebody looks at it.
FRESH = timedelta(days=1)


def ask(connection: Connection) -> OptionsReading:
    """Have it read from now on. What is being read at this moment is dropped: it may be of before a sign-in.

    Call inside `tenant()`.
    """
    anew = {
        "state": WorkState.PENDING,
        "attempts": 0,
        "held_for": "",
        "available_at": clock.now(),
        "finished_at": None,
        "lease_token": None,
        "lease_until": None,
        "leased_by": None,
        "part": "",
        "parts_read": 0,
        "parts": 0,
        "trace_id": work_item.current_trace_id(),
    }
    reading: OptionsReading
    reading, _created = OptionsReading.objects.update_or_create(
        settings=settings_of(connection),
        defaults=anew,
        create_defaults=anew | {"organization": connection.organization},
    )
    work_item.ring(OptionsReading)
    return reading


def of_settings(settings: ExportSettings) -> OptionsReading | None:
    """Call inside `tenant()`."""
    found: OptionsReading | None = OptionsReading.objects.filter(settings=settings).first() if settings.pk else None
    return found


def is_due(settings: ExportSettings, reading: OptionsReading | None) -> bool:
    """Whether somebody who looks at the lists should have them read: they are missing or old."""
    if reading is not None and reading.is_under_way:
        return False
    if settings.seen_at is None:
        return reading is None
    asked_at = max(settings.seen_at, reading.available_at) if reading else settings.seen_at
    return asked_at < clock.now() - FRESH
