"""The clock that decides what is due. Leases use the database's clock instead (outbox/claims.py)."""

from datetime import datetime

from django.utils import timezone


def now() -> datetime:
    """The current time, in UTC. Tests change it with time-machine."""
    return timezone.now()
