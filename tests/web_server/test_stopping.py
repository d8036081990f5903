"""A web server process that gets the signal to stop answers everyone who has connected, as at a deployment."""

from __future__ import annotations

import os
import signal
import socket
import time

import pytest

from scripts.stack.processes import children
from tests.patience import SECONDS
from tests.web_server.clients import answers
from tests.web_server.conftest import Web

pytestmark = [pytest.mark.flow, pytest.mark.slow]
REQUEST = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize("seconds", [0.0, 0.02, 0.2])
def test_a_client_that_connected_before_the_stop_gets_its_answer(web: Web, seconds: float) -> None:
    clients = [socket.create_connection(("127.0.0.1", web.port), timeout=SECONDS) for _ in range(8)]
    time.sleep(seconds)
    for process in children(web.pid):
        os.kill(process, signal.SIGTERM)
    time.sleep(0.3)
    for client in clients:
        client.sendall(REQUEST)
    assert [_answer(client)[:15] for client in clients] == [b"HTTP/1.1 200 OK"] * 8
    assert answers(f"{web.url}/readyz", seconds=SECONDS)


def _answer(client: socket.socket) -> bytes:
    """Empty where the server closed the connection or reset it."""
    try:
        with client:
            return client.recv(1000)
    except ConnectionError:
        return b""
