"""Connections to a host are kept open for the next call, and a dead one costs nothing."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
import requests
from pytest_django import Settings
from urllib3.connection import HTTPConnection
from urllib3.response import HTTPResponse

from crosschq.core.web import http
from crosschq.core.web.http import Unreachable
from tests.forked import status_of_a_child_that_does
from tests.patience import SECONDS


@pytest.fixture(autouse=True)
def _loopback_allowed(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.OUTBOUND_HOSTS = frozenset({"127.0.0.1"})
    monkeypatch.setattr(http, "IDLE_SECONDS", SECONDS)
    monkeypatch.setattr(http, "IDLE_SECONDS_FOR_WRITES", SECONDS)
    http._Kept.forget()


@dataclass
class Peer:
    """A server that keeps connections open. Each closes silently after `closes_after` responses."""

    closes_after: int = 1_000_000
    answer: bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nSet-Cookie: who=acme; Path=/\r\n\r\n{}"
    wait: Callable[[], object] = bool
    """What it waits for before each response."""
    answered_at: float = 0
    url: str = ""
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0

    def serve(self, connection: socket.socket) -> None:
        with connection:
            for _ in range(self.closes_after):
                head = b""
                while b"\r\n\r\n" not in head:
                    received = connection.recv(65536)
                    if not received:
                        return
                    head += received
                self.requests.append(head)
                self.wait()
                self.answered_at = time.monotonic()
                connection.sendall(self.answer)
            # Reads the next request and closes instead of answering, as a peer does whose idle timeout ends just then.
            connection.recv(65536)


@contextmanager
def running(peer: Peer) -> Iterator[Peer]:
    def accept() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            peer.connections += 1
            threading.Thread(target=peer.serve, args=[connection], daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=accept, daemon=True).start()
        peer.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        yield peer
        listening.shutdown(socket.SHUT_RDWR)


def call(peer: Peer, method: str = "GET", *, read_seconds: float = SECONDS) -> requests.Response:
    return http.call(method, peer.url, headers={"Accept": "application/json"}, read_seconds=read_seconds)


def test_twenty_calls_to_a_host_share_one_connection() -> None:
    with running(Peer()) as peer:
        assert [call(peer, method).text for method in ("GET", "POST", "PUT", "DELETE") * 5] == ["{}"] * 20
    assert (len(peer.requests), peer.connections) == (20, 1)


def test_threads_share_a_bounded_number_of_connections() -> None:
    with running(Peer(wait=threading.Barrier(4).wait)) as peer, ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: call(peer), range(40)))
    assert (len(peer.requests), peer.connections) == (40, 4)


def test_a_call_was_sent_before_its_answer_was_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    waits, getresponse = threading.Event(), HTTPConnection.getresponse

    def wait_for_response(connection: HTTPConnection) -> HTTPResponse:
        waits.set()
        return getresponse(connection)

    monkeypatch.setattr(HTTPConnection, "getresponse", wait_for_response)
    with running(Peer(wait=waits.wait)) as peer:
        for _connection_is_new in (True, False):
            began = time.monotonic()
            call(peer)
            assert began < http.last_sent_at() < peer.answered_at
            waits.clear()


def test_no_cookie_is_carried_from_one_call_to_the_next() -> None:
    with running(Peer()) as peer:
        call(peer)
        call(peer)
    assert not any(b"cookie" in head.lower() for head in peer.requests)


def test_a_read_on_a_dead_kept_connection_is_repeated_once_on_a_new_one() -> None:
    with running(Peer(closes_after=1)) as peer:
        assert [call(peer).status_code for _ in range(3)] == [200] * 3
    assert peer.connections == 3


def test_a_write_on_a_dead_kept_connection_is_not_repeated() -> None:
    with running(Peer(closes_after=1)) as peer:
        call(peer)
        with pytest.raises(Unreachable) as error:
            call(peer, "POST")
    assert error.value.sent, "it may have arrived"
    assert len(peer.requests) == 1


def test_a_write_does_not_use_an_idle_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "IDLE_SECONDS_FOR_WRITES", 0)
    with running(Peer(closes_after=1)) as peer:
        call(peer)
        assert call(peer, "POST").status_code == 200
    assert peer.connections == 2


def test_a_connection_idle_for_long_is_not_reused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "IDLE_SECONDS", 0)
    with running(Peer()) as peer:
        call(peer)
        call(peer)
    assert peer.connections == 2


def test_a_new_connection_that_breaks_is_not_retried() -> None:
    with running(Peer(closes_after=0)) as peer, pytest.raises(Unreachable):
        call(peer)
    assert peer.connections == 1


def test_a_late_response_is_not_read_by_the_next_call() -> None:
    over = threading.Event()
    with running(Peer(wait=over.wait)) as peer:
        with pytest.raises(Unreachable):
            call(peer, read_seconds=0.1)
        over.set()
        assert call(peer).status_code == 200
    assert peer.connections == 2


def test_a_kept_connection_has_the_time_of_a_new_one_to_send(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not what the last response left of its own time."""
    before, send = [], HTTPConnection.request

    def request(connection: HTTPConnection, *args: object, **kwargs: object) -> None:
        before.append(connection.sock and connection.sock.gettimeout())
        send(connection, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(HTTPConnection, "request", request)
    with running(Peer()) as peer:
        call(peer)
        call(peer)
    assert before == [None, http.CONNECT_SECONDS]


def test_a_child_process_does_not_use_its_parents_connections() -> None:
    kept = http._Kept.adapter

    def use_another() -> None:
        assert http._Kept.adapter is not kept

    assert status_of_a_child_that_does(use_another) == 0
