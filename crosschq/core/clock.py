"""The time by which things fall due. Leases use the database's clock instead (see work.py)."""

from datetime import datetime

from django.utils import timezone


def now() -> datetime:
    """The current time, aware. Tests move it with time-machine."""
    return timezone.now()
