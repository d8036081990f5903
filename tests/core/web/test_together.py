"""One thread answers plain requests of many connections, and gives back every connection that needs more than that."""

from __future__ import annotations

import queue
import socket
from collections.abc import Iterator, Sequence
from contextlib import suppress
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pytest

from crosschq.core.web import together
from crosschq.core.web.gunicorn_worker import BoundedSocket
from crosschq.core.web.together import Together
from tests.patience import SECONDS


class Application:
    """Echoes what begins with "plain"."""

    def __init__(self) -> None:
        self.batches: list[list[bytes]] = []

    def takes(self, method: str, path: str) -> bool:
        return (method, path) == ("POST", "/hooks")

    def answer_together(self, requests: Sequence[bytes]) -> list[bytes | None]:
        self.batches.append(list(requests))
        if b"plain fault" in requests:
            raise RuntimeError("an error that nobody expected")
        return [each.upper() if each.startswith(b"plain") else None for each in requests]


class Server:
    def __init__(self) -> None:
        self.application, self.is_alive = Application(), True
        self.given_back: queue.SimpleQueue[tuple[Any, bool]] = queue.SimpleQueue()
        self.together = Together(
            self.application, lambda conn, stays: self.given_back.put((conn, stays)), lambda: self.is_alive
        )
        self.sockets: list[socket.socket] = []

    def connected(self, *, path: str = "/hooks") -> tuple[Any, socket.socket]:
        """A connection between two of its requests, and its client."""
        ours, client = socket.socketpair()
        client.settimeout(SECONDS)
        bounded, unread = BoundedSocket(fileno=ours.detach()), BytesIO()
        parser = SimpleNamespace(
            mesg=SimpleNamespace(method="POST", path=path), unreader=SimpleNamespace(buf=unread, unread=unread.write)
        )
        self.sockets += [bounded, client]
        return SimpleNamespace(sock=bounded, parser=parser), client

    def taken(self) -> tuple[Any, socket.socket]:
        conn, client = self.connected()
        assert self.together.take(conn)
        return conn, client


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(together, "SILENT_SECONDS", SECONDS)  # a busy machine may be silent for a while
    made = Server()
    yield made
    made.is_alive = False
    monkeypatch.setattr(together, "SILENT_SECONDS", 0.01)
    for each in made.sockets:
        each.close()


def test_plain_requests_are_answered_on_each_connection(server: Server) -> None:
    clients = [server.taken()[1] for _ in range(3)]
    for number in range(2):
        for client in clients:
            client.sendall(b"plain %d" % number)
        assert [client.recv(100) for client in clients] == [b"PLAIN %d" % number] * 3
    assert server.given_back.empty()


def test_what_arrived_meanwhile_is_answered_together(server: Server) -> None:
    made = [server.connected() for _ in range(5)]
    for _conn, client in made:
        client.sendall(b"plain")
    for conn, _client in made:
        server.together._connections[conn.sock.fileno()] = conn
        server.together._poll.register(conn.sock.fileno())
    assert server.together.take(server.connected()[0])  # starts the thread
    assert [client.recv(100) for _conn, client in made] == [b"PLAIN"] * 5
    assert server.application.batches == [[b"plain"] * 5]


def test_a_request_that_is_not_plain_goes_back_unchanged(server: Server) -> None:
    conn, client = server.taken()
    client.sendall(b"plain")
    assert client.recv(100) == b"PLAIN"
    client.sendall(b"other")
    assert server.given_back.get(timeout=SECONDS) == (conn, True)
    assert conn.parser.unreader.buf.getvalue() == b"other"


def test_a_connection_whose_requests_are_never_plain_is_not_taken_again(server: Server) -> None:
    conn, client = server.connected()
    for _ in range(together.MOST_MISSES):
        assert server.together.take(conn)
        client.sendall(b"other")
        server.given_back.get(timeout=SECONDS)
        conn.parser.unreader.buf.truncate(0)
    assert not server.together.take(conn)


def test_a_silent_connection_goes_back(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together, "SILENT_SECONDS", 0.02)
    conn, _client = server.taken()
    assert server.given_back.get(timeout=SECONDS) == (conn, True)


def test_a_stopping_server_gets_its_connections_back(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together, "SILENT_SECONDS", 0.02)
    conn, _client = server.taken()
    server.is_alive = False
    assert server.given_back.get(timeout=SECONDS) == (conn, True)
    assert not server.together.take(server.connected()[0])


def test_a_stopping_server_answers_nothing_together(server: Server) -> None:
    conn, client = server.taken()
    client.sendall(b"plain")
    assert client.recv(100) == b"PLAIN"
    server.is_alive = False
    client.sendall(b"plain again")
    assert server.given_back.get(timeout=SECONDS) == (conn, True)
    assert server.application.batches == [[b"plain"]]


def test_a_client_that_closes_its_connection_ends_it(server: Server) -> None:
    conn, client = server.taken()
    client.close()
    assert server.given_back.get(timeout=SECONDS) == (conn, False)


def test_a_client_that_does_not_read_its_answers_is_not_waited_for(server: Server) -> None:
    conn, client = server.taken()
    conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
    client.setblocking(False)  # nobody reads once the connection is given back, and a full buffer would block
    with suppress(BlockingIOError):
        while server.given_back.empty():
            client.sendall(b"plain" + b" " * 1000)
    assert server.given_back.get(timeout=SECONDS) == (conn, False)


def test_an_error_ends_only_the_connections_it_concerns(server: Server) -> None:
    (conn, client), (_other, unharmed) = server.taken(), server.taken()
    client.sendall(b"plain fault")
    assert server.given_back.get(timeout=SECONDS) == (conn, False)
    unharmed.sendall(b"plain")
    assert unharmed.recv(100) == b"PLAIN"


def test_other_connections_stay_where_they_are(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not server.together.take(server.connected(path="/page")[0])
    conn, _client = server.connected()
    conn.parser.unreader.unread(b"the next request")
    assert not server.together.take(conn)
    monkeypatch.setattr(together, "MOST_CONNECTIONS", 1)
    server.taken()
    assert not server.together.take(server.connected()[0])
