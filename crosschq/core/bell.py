"""Ringing a worker. The bell carries no data, so one that is lost, late or doubled is harmless."""

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = structlog.get_logger(__name__)


def ring(label: str) -> None:
    """Have a worker drain the tables, this one first, once the transaction is committed."""

    def send() -> None:
        try:
            current_app.send_task("core.drain", args=[label], retry=False)
        except OperationalError:
            log.warning("bell_unreachable", label=label)

    transaction.on_commit(send)
