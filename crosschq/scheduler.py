"""Celery's scheduler with a heartbeat, so that other processes notice when it stops (core/outbox/alarm.py)."""

from typing import Any

import structlog
from celery.beat import PersistentScheduler
from django.db import DatabaseError, InterfaceError, close_old_connections, connection

from crosschq.core.outbox import alarm

log = structlog.get_logger(__name__)


class Scheduler(PersistentScheduler):
    def tick(self, *args: Any, **kwargs: Any) -> float:
        seconds: float = super().tick(*args, **kwargs)
        try:
            close_old_connections()
            alarm.note_beat()
        except (DatabaseError, InterfaceError):
            # Continue without it: the next heartbeat is stored once the database is available again.
            log.warning("beat_not_noted")
            connection.close()
        return seconds
