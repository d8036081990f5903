"""Time for a busy machine: it may take longer for what production gives up on soon.

A test that fails because a machine is slow says nothing about the product. So a test waits for a condition for
`SECONDS`, and production's short limits apply only in the tests that are about them, inside `production_limits`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, TypeVar

import pytest
from django.conf import settings
from django.db import connection

from connectors.calls import limiter
from crosschq import health
from crosschq.core.database import timeouts
from crosschq.core.outbox import wakeup
from webhooks.inbox import committer, endpoints, receive, receiver

SECONDS = 60.0
UNLIMITED_SECONDS = 600.0  # pytest's own limit comes first
IN_PRODUCTION = [
    (module, name, getattr(module, name))
    for module, name in (
        (timeouts, "CONNECT_SECONDS"),
        (wakeup, "BROKER_SECONDS"),
        (limiter, "STORE_TIMEOUT_SECONDS"),
        (health, "DATABASE_SECONDS"),
        (receive, "DATABASE_SECONDS"),
        (receiver, "DATABASE_SECONDS"),
        (committer, "DATABASE_SECONDS"),
        (committer, "WAIT_SECONDS"),
        (endpoints, "WAIT_SECONDS"),
    )
]
BROKER_OPTIONS: dict[str, Any] = settings.CELERY_BROKER_TRANSPORT_OPTIONS
T = TypeVar("T")


@pytest.fixture(scope="session", autouse=True)
def _patient_product(django_test_environment: None) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        for module, name, _seconds in IN_PRODUCTION:
            monkeypatch.setattr(module, name, SECONDS)
        _limit_broker(monkeypatch, SECONDS)
        yield


@contextmanager
def production_limits(*modules: ModuleType) -> Iterator[None]:
    """In the block, these modules give up on a silent server as soon as they do in production."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        for module, name, seconds in IN_PRODUCTION:
            if module in modules:
                monkeypatch.setattr(module, name, seconds)
        if wakeup in modules:
            _limit_broker(monkeypatch, wakeup.BROKER_SECONDS)
        yield


def _limit_broker(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    for name in ("socket_timeout", "socket_connect_timeout"):
        monkeypatch.setitem(BROKER_OPTIONS, name, seconds)


def wait_for(condition: Callable[[], T], *, seconds: float = SECONDS) -> T:
    """Return the first truthy result of the condition. Fails after this many seconds."""
    until = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < until, f"not within {seconds:.0f} seconds"
        time.sleep(0.01)
    return found


@contextmanager
def without_hurry() -> Iterator[None]:
    """No statement of this thread's connection times out in the block, neither in the server nor on our side."""
    with timeouts.answers_within(UNLIMITED_SECONDS):
        with connection.cursor() as sql:
            sql.execute("SET statement_timeout = 0")
        yield
        with connection.cursor() as sql:
            sql.execute("RESET statement_timeout")
