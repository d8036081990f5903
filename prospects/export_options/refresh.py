"""Has a worker reload the options, so that no page waits for the ATS."""

from datetime import timedelta

from connectors.models import Connection
from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from prospects.models import ExportSettings, OptionsRefresh, settings_of

# Older lists are reloaded when someone opens the settings.
MAX_AGE = timedelta(days=1)


def enqueue(connection: Connection) -> OptionsRefresh:
    """Queue a refresh. One in progress is dropped, since it may predate a sign-in. Call inside `tenant()`."""
    fields = {
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
    refresh: OptionsRefresh
    refresh, _created = OptionsRefresh.objects.update_or_create(
        settings=settings_of(connection),
        defaults=fields,
        create_defaults=fields | {"organization": connection.organization},
    )
    work_item.wake_workers(OptionsRefresh)
    return refresh


def latest(settings: ExportSettings) -> OptionsRefresh | None:
    """The latest refresh. Call inside `tenant()`."""
    found: OptionsRefresh | None = OptionsRefresh.objects.filter(settings=settings).first() if settings.pk else None
    return found


def is_due(settings: ExportSettings, refresh: OptionsRefresh | None) -> bool:
    """Whether the lists are missing or old enough to be reloaded when someone opens them."""
    if refresh is not None and refresh.is_in_progress:
        return False
    if settings.options_read_at is None:
        return refresh is None
    attempted_at = max(settings.options_read_at, refresh.available_at) if refresh else settings.options_read_at
    return attempted_at < clock.now() - MAX_AGE
