"""More clients than threads keep their connections, and all of them get their answers soon."""

from __future__ import annotations

import http.client
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.patience import SECONDS
from tests.web_server.conftest import Web

pytestmark = [pytest.mark.flow, pytest.mark.slow]
CLIENTS, REQUESTS = 200, 3
"""Of the web server's 64 threads, each may wait for the next request of a connection."""


def test_idle_connections_keep_no_other_client_waiting(web: Web) -> None:
    clients = [http.client.HTTPConnection("127.0.0.1", web.port, timeout=SECONDS) for _ in range(CLIENTS)]

    def ask(client: http.client.HTTPConnection) -> int:
        client.request("GET", "/healthz")
        answer = client.getresponse()
        answer.read()
        return answer.status

    with ThreadPoolExecutor(CLIENTS) as senders:
        for _ in range(REQUESTS):
            assert set(senders.map(ask, clients)) == {200}
    for client in clients:
        client.close()


@pytest.mark.parametrize("count", [3, 500])
def test_requests_that_were_sent_without_waiting_are_answered(web: Web, count: int) -> None:
    """Five hundred are more than the web server receives with one call."""
    client = http.client.HTTPConnection("127.0.0.1", web.port, timeout=SECONDS)
    client.connect()
    request = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    client.sock.sendall(request * count)
    answers = b""
    while answers.count(b"HTTP/1.1 200 OK") < count:
        received = client.sock.recv(65536)
        assert received
        answers += received
    client.close()
