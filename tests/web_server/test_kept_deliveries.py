"""Deliveries on connections that stay open are answered together, and other requests on them as everywhere else."""

from __future__ import annotations

import itertools
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from scripts.stack.processes import children
from tests.patience import SECONDS
from tests.web_server.clients import PROMPT_SECONDS, KeptConnection, answers
from tests.web_server.conftest import Web
from tests.webhooks.deliveries import KEY, PATH, over_the_wire

pytestmark = [pytest.mark.flow, pytest.mark.slow]
PAGE = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
_numbers = itertools.count()


@pytest.fixture
def kept(web: Web) -> Iterator[KeptConnection]:
    """A connection that has sent a few deliveries, and got a few answers."""
    made = KeptConnection(web.port)
    for _ in range(5):
        assert made.send(delivery()) == [202]
    yield made
    made.close()


def delivery(*, path: str = PATH, key: str = KEY) -> bytes:
    return over_the_wire(path=path, key=key, event_id=f"kept-{next(_numbers)}-{time.time_ns()}")


def test_requests_after_deliveries_on_a_connection_get_their_usual_answers(kept: KeptConnection) -> None:
    plain = delivery()
    assert kept.send(delivery(key="forged")) == [401]
    assert kept.send(delivery()) == [202]
    assert kept.send(plain.replace(b"Host: localhost", b"X-Hook-Secret: test")) == [200]
    assert kept.send(delivery(path="nobody")) == [404]
    assert kept.send(plain.replace(b"Host: localhost", b"Content-Encoding: gzip")) == [415]
    assert kept.send(plain) == [202]


def test_a_delivery_in_pieces_is_accepted(kept: KeptConnection) -> None:
    for at in (1, 40, -100, -1):
        whole = delivery()
        assert kept.send(whole[:at], whole[at:]) == [202]
    assert kept.send(delivery()) == [202]


def test_deliveries_that_were_sent_without_waiting_are_all_accepted(kept: KeptConnection) -> None:
    assert kept.send(b"".join(delivery() for _ in range(30)), answers=30) == [202] * 30
    assert kept.send(delivery()) == [202]


def test_a_silent_connection_can_be_used_later(kept: KeptConnection) -> None:
    for seconds in (0.0, 0.6, 1.5):
        time.sleep(seconds)
        assert kept.send(delivery()) == [202]


def test_open_connections_get_an_answer_in_time_while_the_database_does_not_respond(web: Web) -> None:
    clients = [KeptConnection(web.port) for _ in range(12)]

    def send(client: KeptConnection) -> tuple[list[int], float]:
        began = time.monotonic()
        return client.send(delivery()), time.monotonic() - began

    with ThreadPoolExecutor(len(clients)) as senders:
        for _ in range(3):
            assert [status for status, _seconds in senders.map(send, clients)] == [[202]] * len(clients)
        with web.proxy.frozen():
            refused = [answer for _ in range(3) for answer in senders.map(send, clients)]
        until = time.monotonic() + SECONDS
        while set(map(str, (status for status, _seconds in senders.map(send, clients)))) != {"[202]"}:
            assert time.monotonic() < until
    for client in clients:
        client.close()
    assert [status for status, _seconds in refused] == [[503]] * len(refused)
    assert max(seconds for _status, seconds in refused) < PROMPT_SECONDS


def test_a_delivery_during_the_end_of_a_process_is_answered(web: Web) -> None:
    clients = [KeptConnection(web.port) for _ in range(8)]
    try:
        for client in clients:
            assert client.send(delivery()) == [202]
        for process in children(web.pid):
            os.kill(process, signal.SIGTERM)
        for _ in range(3):
            assert [client.send(delivery()) for client in clients] == [[202]] * 8
    finally:
        for client in clients:
            client.close()
    assert answers(f"{web.url}/readyz", seconds=SECONDS)
