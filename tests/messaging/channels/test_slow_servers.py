"""An email server that replies byte by byte doesn't hold an email beyond its lease."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from pytest_django import Settings

from crosschq.core.outbox.work_item import WorkState
from crosschq.tenancy.models import Organization
from tests.messaging.rows import deliver, write
from tests.patience import SECONDS

pytestmark = pytest.mark.django_db


@contextmanager
def dripping(first: bytes) -> Iterator[tuple[int, threading.Event]]:
    """A server that says this, and then a byte every moment. Yields its port, and whether it said all of it."""
    over, has_ended = threading.Event(), threading.Event()

    def serve() -> None:
        peer, _ = listening.accept()
        with peer:
            peer.sendall(first)
            for _ in range(2000):
                if over.wait(0.02):
                    return
                try:
                    peer.sendall(b"x")
                except OSError:
                    return
            has_ended.set()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield listening.getsockname()[1], has_ended
        finally:
            over.set()
            thread.join(SECONDS)


@pytest.mark.parametrize("first", [b"220 ", b"220 ready\r\n250-"])
def test_a_dripping_reply_times_out_and_the_email_is_tried_again(
    acme: Organization, settings: Settings, first: bytes
) -> None:
    settings.EMAIL_BACKEND = "crosschq.messaging.channels.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_TIMEOUT = "127.0.0.1", 0.1
    with dripping(first) as (settings.EMAIL_PORT, has_ended):
        message = deliver(write(acme))
        assert not has_ended.is_set()
    assert (message.state, message.reason) == (WorkState.PENDING, "The email server didn't respond.")
