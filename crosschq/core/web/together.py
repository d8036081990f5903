"""One thread that reads what arrived on many connections, and answers all of it together.

A thread for each connection hands the interpreter to the others several times per request, which costs more than the
answer. This one takes connections over from the web server's threads, between two requests. It never waits for a
client: what isn't a complete, plain request goes back to them unchanged, and so does a connection that stays silent.
"""

import select
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import structlog

log = structlog.get_logger(__name__)

MOST_CONNECTIONS = 100
RECEIVED_BYTES = 8192  # as much as gunicorn receives
# A connection that sent nothing for this long goes back, and a stopping process gives them all back within this time.
SILENT_SECONDS = 0.5
# After this many requests in a row that weren't plain, a connection isn't taken over again.
MOST_MISSES = 3


class WsgiApplication(Protocol):
    def takes(self, method: str, path: str) -> bool:
        """Whether the next request of a connection that sent this one may be answered together with others."""
        ...

    def answer_together(self, requests: Sequence[bytes]) -> list[bytes | None]:
        """Return each response, or None for a request that must be answered alone."""
        ...


class Together:
    """``give_back``: what to do with a connection and whether it stays open. ``is_alive``: whether to continue."""

    def __init__(
        self, application: WsgiApplication, give_back: Callable[[Any, bool], None], is_alive: Callable[[], bool]
    ) -> None:
        self._application, self._give_back, self._is_alive = application, give_back, is_alive
        self._connections: dict[int, Any] = {}
        self._poll = select.epoll()
        self._changing = threading.Lock()
        self._thread: threading.Thread | None = None
        self._look_next = 0.0

    def take(self, conn: Any) -> bool:
        """Take over the connection. False if it should stay with the web server's threads. Called by any of those."""
        sock, latest = conn.sock, conn.parser.mesg
        is_fit = sock.misses < MOST_MISSES and len(self._connections) < MOST_CONNECTIONS and self._is_alive()
        if not is_fit or not self._application.takes(latest.method, latest.path) or conn.parser.unreader.buf.getvalue():
            return False
        sock.silent_since = time.monotonic()
        with self._changing:
            self._connections[sock.fileno()] = conn
            self._poll.register(sock.fileno(), select.EPOLLIN)
            if self._thread is None:  # not before the first connection: gunicorn forks until then
                self._thread = threading.Thread(target=self._run, name="together", daemon=True)
                self._thread.start()
        return True

    def _run(self) -> None:
        while True:
            ready: list[Any] = []
            try:
                ready += (self._connections[fd] for fd, _event in self._poll.poll(SILENT_SECONDS, MOST_CONNECTIONS))
                self._answer([(conn, data) for conn in ready if (data := self._received(conn))])
                if not self._is_alive() or time.monotonic() > self._look_next:
                    self._give_silent_back()
            except Exception:  # the next requests must not wait for another thread
                log.exception("answering_together_failed")
                for conn in ready:
                    self._leave(conn, stays_open=False)

    def _received(self, conn: Any) -> bytes:
        """What arrived. Empty if nothing did, or if the client closed the connection, which ends it."""
        try:
            data: bytes = conn.sock.recv_now(RECEIVED_BYTES)
        except BlockingIOError:
            return b""
        except OSError:
            data = b""
        if not data:
            self._leave(conn, stays_open=False)
        return data

    def _answer(self, received: list[tuple[Any, bytes]]) -> None:
        if not received:
            return
        # A stopping server's threads tell the client to close its connection.
        answers = (
            self._application.answer_together([data for _conn, data in received])
            if self._is_alive()
            else [None] * len(received)
        )
        now = time.monotonic()
        for (conn, data), answer in zip(received, answers, strict=True):
            conn.sock.silent_since = now
            if answer is None:
                conn.sock.misses += 1
                conn.parser.unreader.unread(data)
                self._leave(conn, stays_open=True)
            elif conn.sock.send_now(answer):
                conn.sock.misses = 0
            else:  # it doesn't read what it asked for
                self._leave(conn, stays_open=False)

    def _give_silent_back(self) -> None:
        self._look_next = time.monotonic() + SILENT_SECONDS
        since = self._look_next - 2 * SILENT_SECONDS
        for conn in list(self._connections.values()):
            if not self._is_alive() or conn.sock.silent_since < since:
                self._leave(conn, stays_open=True)

    def _leave(self, conn: Any, *, stays_open: bool) -> None:
        with self._changing:
            if self._connections.pop(conn.sock.fileno(), None) is None:
                return
            self._poll.unregister(conn.sock.fileno())
        self._give_back(conn, stays_open)
