"""Ringing a worker. The bell carries no data, so one that is lost, late or doubled is harmless."""

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = structlog.get_logger(__name__)

DRAIN = "core.drain"


def ring(label: str, *, task: str = DRAIN) -> None:
    """Have a worker drain the tables, this one first, once the transaction is committed."""

    def send() -> None:
        try:
            current_app.send_task(task, args=[label], retry=False)
        except OperationalError:
            log.warning("bell_unreachable", label=label)

    transaction.on_commit(send)
