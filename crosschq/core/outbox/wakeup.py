"""Waking a worker. A wake-up carries no data, so one that is lost, late or doubled is harmless.

Many at once cost one: while a wake-up for a table waits in the broker, further ones are not sent. The worker takes the
mark away before it looks at the table, so whatever was committed before is found.
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
# A wake-up that was lost is missed for so long at most; the workers' polling is quicker.
MARK_SECONDS = 5
BROKER_SECONDS = 0.2
# After a failure the broker is left alone for so long: a broker that hangs costs a fifth of a second each time.
AWAY_SECONDS = 2.0

_away_until = 0.0


def notify(label: str, queue: str) -> None:
    """Wake a worker to drain that table and queue, once the transaction is committed."""
    transaction.on_commit(lambda: notify_now(label, queue))


def notify_now(label: str, queue: str) -> bool:
    """As `notify`, without waiting for a commit. True if a wake-up was sent.

    False if the broker can't be reached, and also if one waits there already that nobody took yet.
    """
    global _away_until  # noqa: PLW0603 - of this process
    if time.monotonic() < _away_until:
        return False
    try:
        if not _store(settings.CELERY_BROKER_URL).set(_mark(label, queue), 1, nx=True, ex=MARK_SECONDS):
            return False
        current_app.send_task(DRAIN, args=[label, queue], queue=queue, retry=False)
    except (OperationalError, redis.RedisError):
        log.warning("wakeup_unreachable", label=label)
        _away_until = time.monotonic() + AWAY_SECONDS
        return False
    return True


def arrived(label: str, queue: str) -> None:
    """The wake-up is here: the next one is sent again."""
    try:
        _store(settings.CELERY_BROKER_URL).delete(_mark(label, queue))
    except redis.RedisError:
        log.warning("wakeup_unreachable", label=label)


def _mark(label: str, queue: str) -> str:
    return f"wakeup:{label}:{queue}"


@cache
def _store(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=BROKER_SECONDS, socket_connect_timeout=BROKER_SECONDS)
