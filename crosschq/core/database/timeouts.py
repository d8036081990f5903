"""Limits on how long this process waits for PostgreSQL, whatever keeps it from answering.

`statement_timeout` ends a slow statement, but it works only while the server and the network do, and it doesn't know
how much time a web request has left. So each wait in the driver also has a limit on our side:
https://www.psycopg.org/docs/advanced.html#support-for-coroutine-libraries. The caller gets an OperationalError and the
connection is closed; `client_connection_check_interval` then ends the statement on the server.
"""

import contextlib
import select
import time
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

from psycopg2 import OperationalError, extensions

# Slightly longer than statement_timeout, whose error says more.
STATEMENT_SECONDS = 20.0
CONNECT_SECONDS = 2.0
CONNECTING = 20  # CONN_STATUS_CONNECTING in psycopg/connection.h
_until: ContextVar[float | None] = ContextVar("database_until", default=None)


@contextlib.contextmanager
def answers_within(seconds: float) -> Iterator[None]:
    """Limit the total time that the block may wait for the database, including the time to connect.

    Raises django.db.OperationalError. In nested blocks the earliest limit applies.
    """
    until, outer = time.monotonic() + seconds, _until.get()
    token = _until.set(until if outer is None else min(until, outer))
    try:
        yield
    finally:
        _until.reset(token)


def bound_waits() -> None:
    """Install the time limits for every connection that this process opens from now on."""
    extensions.set_wait_callback(_wait)


def _wait(connection: Any) -> None:
    until, events = _until.get(), {extensions.POLL_READ: select.POLLIN, extensions.POLL_WRITE: select.POLLOUT}
    if until is None:
        connecting = connection.status in (extensions.STATUS_SETUP, CONNECTING)
        until = time.monotonic() + (CONNECT_SECONDS if connecting else STATEMENT_SECONDS)
    while (state := connection.poll()) != extensions.POLL_OK:
        ready = select.poll()
        ready.register(connection.fileno(), events[state])
        if not ready.poll(max(0.0, until - time.monotonic()) * 1000):
            raise OperationalError("the database did not answer in time")
