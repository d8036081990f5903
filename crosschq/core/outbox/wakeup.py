"""Wake a worker. A wake-up carries no data, so a lost, late, or duplicate one is harmless.

While a wake-up for a table waits in the broker or in a worker, a marker prevents further ones. The worker removes the
marker right before it reads the table, so it finds everything committed before then.
"""

import time
from functools import cache

import redis
import structlog
from celery import current_app
from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError

log = structlog.get_logger(__name__)

DRAIN = "core.drain"
# How long a lost wake-up can matter; polling by the workers is faster.
MARK_SECONDS = 5
BROKER_SECONDS = 0.2
# How long to avoid the broker after a failure: each attempt to reach a hanging broker takes BROKER_SECONDS.
RETRY_SECONDS = 2.0

_unavailable_until = 0.0


def notify(label: str, queue: str) -> None:
    """Wake a worker to drain this table and queue once the transaction is committed."""
    transaction.on_commit(lambda: notify_now(label, queue))


def notify_now(label: str, queue: str) -> bool:
    """Wake a worker now. Returns True if a wake-up was sent.

    False if the broker can't be reached, or if an earlier wake-up is still waiting there.
    """
    global _unavailable_until  # noqa: PLW0603 - of this process
    if time.monotonic() < _unavailable_until:
        return False
    try:
        if not _store(settings.CELERY_BROKER_URL).set(_mark(label, queue), 1, nx=True, ex=MARK_SECONDS):
            return False
        current_app.send_task(DRAIN, args=[label, queue], queue=queue, retry=False)
    except (OperationalError, redis.RedisError):
        log.warning("wakeup_unreachable", label=label)
        _unavailable_until = time.monotonic() + RETRY_SECONDS
        return False
    return True


def arrived(label: str, queue: str) -> None:
    """Allow the next wake-up to be sent, because the table is about to be read."""
    try:
        _store(settings.CELERY_BROKER_URL).delete(_mark(label, queue))
    except redis.RedisError:
        log.warning("wakeup_unreachable", label=label)


def _mark(label: str, queue: str) -> str:
    return f"wakeup:{label}:{queue}"


@cache
def _store(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=BROKER_SECONDS, socket_connect_timeout=BROKER_SECONDS)
