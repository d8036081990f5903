"""Clients of the web server: slow ones, chunked ones, and ordinary ones."""

from __future__ import annotations

import itertools
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import requests

from tests.patience import SECONDS
from tests.webhooks.deliveries import BODY, KEY, signed

# Less than the 10 seconds after which a slow client is cut off, and the 15 of a statement in PostgreSQL: what waits for
# either takes longer. A prompt answer takes milliseconds.
PROMPT_SECONDS = 9.0
_numbers = itertools.count(1)


def answers(url: str, *, seconds: float) -> bool:
    """Whether the URL answers 200 within this time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with suppress(requests.RequestException):
            if requests.get(url, timeout=SECONDS).status_code == 200:
                return True
        time.sleep(0.05)
    return False


def deliver(
    hook: str, *, body: bytes = BODY, key: str = KEY, connection: requests.Session | None = None
) -> tuple[int, float]:
    """Send one new delivery, on a new connection or on this one. Returns its status and the seconds it took."""
    headers = signed(body, event_id=f"web-{next(_numbers)}-{time.time_ns()}", key=key)
    began = time.monotonic()
    post = connection.post if connection else requests.post
    status = post(hook, data=body, headers=headers, timeout=SECONDS).status_code
    return status, time.monotonic() - began


def in_pieces(body: bytes, size: int = 16) -> Iterator[bytes]:
    """A body that `requests` sends in chunks, without a length."""
    for start in range(0, len(body), size):
        yield body[start : start + size]


@contextmanager
def trickling(port: int, head: bytes, *, count: int, after: bytes = b"x") -> Iterator[list[socket.socket]]:
    """Run this many clients that send ``head`` and then one byte a second, until the block ends."""
    clients = [socket.create_connection(("127.0.0.1", port)) for _ in range(count)]
    for client in clients:
        client.sendall(head)
    over = threading.Event()

    def trickle() -> None:
        while not over.wait(1.0):
            for client in clients:
                with suppress(OSError):
                    client.sendall(after)

    sender = threading.Thread(target=trickle)
    sender.start()
    try:
        yield clients
    finally:
        over.set()
        sender.join()
        for client in clients:
            client.close()


class KeptConnection:
    """Sends requests in one piece each, and connects again after an error."""

    def __init__(self, port: int, *, seconds: float = SECONDS) -> None:
        self._port, self._seconds = port, seconds
        self._socket: socket.socket | None = None
        self._received = b""

    def send(self, *pieces: bytes, answers: int = 1) -> list[int]:
        """Return the statuses of the next answers, none of which has a body. Raises OSError."""
        try:
            if self._socket is None:
                self._socket = socket.create_connection(("127.0.0.1", self._port), self._seconds)
            for number, piece in enumerate(pieces):
                time.sleep(0.1 if number else 0)
                self._socket.sendall(piece)
            return [self._status() for _ in range(answers)]
        except OSError:
            self.close()
            raise

    def _status(self) -> int:
        assert self._socket is not None
        while b"\r\n\r\n" not in self._received:
            received = self._socket.recv(65536)
            if not received:
                raise ConnectionResetError
            self._received += received
        head, _end, self._received = self._received.partition(b"\r\n\r\n")
        if b"connection: close" in head.lower():
            self.close()
        return int(head.split()[1])

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket, self._received = None, b""
