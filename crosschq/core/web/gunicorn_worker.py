"""gunicorn's threaded worker, with a limit on how long one client may occupy a thread.

gthread reads a request in the thread that answers it and waits for each byte without a limit, so a slow client per
thread is enough to stop the server. A buffering proxy in front prevents that; this worker doesn't need one.
"""

import contextlib
import errno
import math
import select
import socket
import struct
import time
from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any

import structlog
from gunicorn.http.wsgi import Response
from gunicorn.workers.gthread import _DEFER, TConn, ThreadWorker

from crosschq.core.web.together import RECEIVED_BYTES, Together

log = structlog.get_logger(__name__)

_TAKEN = object()
"""The connection belongs to the thread that answers requests together."""

# The proxy forwards complete requests, so only clients that bypass it can be slow.
READ_SECONDS = 10.0
WRITE_SECONDS = 30.0
# A connection that hasn't sent a byte waits in the server's loop, not in a thread.
FIRST_BYTE_SECONDS = 0.05
# A client that is still sending gets to read the response: RFC 9112, section 9.6.
LINGER_SECONDS = 1.0
# While threads are free, a thread waits this long for the next request of its connection: the way through the loop
# that accepts connections costs more CPU time than a delivery.
SOON_SECONDS = 0.02


class ClientTooSlow(ConnectionResetError):
    """gunicorn and Django treat this as a client that disconnected."""

    def __init__(self) -> None:
        super().__init__(errno.ECONNRESET, "the client was too slow")


class BoundedSocket(socket.socket):
    """A socket with one deadline for all reads, and WRITE_SECONDS for each write."""

    read_until = math.inf
    is_last_wait = False
    """Whether a stopping worker waits for its first byte."""
    silent_since = 0.0
    misses = 0
    """Of the thread that answers requests together: see ``together``."""

    def __init__(self, fileno: int) -> None:
        super().__init__(fileno=fileno)
        soon = struct.pack("ll", 0, round(SOON_SECONDS * 1e6))  # struct timeval
        self.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, soon)

    def recv(self, size: int, flags: int = 0) -> bytes:
        remaining = self.read_until - time.monotonic()
        if remaining <= 0:
            raise ClientTooSlow
        own = self.gettimeout()
        if own is not None and own < remaining:  # gunicorn's own timeout while it discards a body
            return super().recv(size, flags)
        if own is None:
            with contextlib.suppress(BlockingIOError):
                return self.recv_soon(size, flags)
        if not self._readable(remaining):
            raise ClientTooSlow
        return super().recv(size, flags)

    def recv_soon(self, size: int, flags: int = 0) -> bytes:
        """Receive with one system call. Raises BlockingIOError if nothing arrives within SOON_SECONDS."""
        return super().recv(size, flags)

    def recv_now(self, size: int) -> bytes:
        """Receive what has arrived. Raises BlockingIOError if nothing has."""
        return super().recv(size, socket.MSG_DONTWAIT)

    def send_now(self, data: bytes) -> bool:
        """Send all of it without waiting. Returns False if that isn't possible."""
        with contextlib.suppress(OSError):
            return self.send(data, socket.MSG_DONTWAIT) == len(data)
        return False

    def _readable(self, seconds: float) -> bool:
        poll = select.poll()
        poll.register(self, select.POLLIN)
        return bool(poll.poll(None if seconds == math.inf else seconds * 1000))

    def sendall(self, data: Any, flags: int = 0) -> None:
        with contextlib.suppress(BlockingIOError):
            data = memoryview(data)[self.send(data, flags | socket.MSG_DONTWAIT) :]
        if not data:
            return
        self.settimeout(WRITE_SECONDS)
        try:
            super().sendall(data, flags)
        except TimeoutError:
            raise ClientTooSlow from None
        finally:
            self.settimeout(None)

    def linger(self) -> None:
        """Close our side and read for a moment, so that a reset doesn't destroy the response."""
        with contextlib.suppress(OSError):
            self.shutdown(socket.SHUT_WR)
            self.read_until = time.monotonic() + LINGER_SECONDS
            while self.recv(65536):
                pass
        with contextlib.suppress(OSError):
            self.shutdown(socket.SHUT_RD)


class _ErrorLog:
    """What gunicorn logs about a failed request, without quoting the request: its path may be a secret link."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def warning(self, *_: Any) -> None:
        log.warning("request_invalid", kind=type(self.error).__name__)

    def exception(self, *_: Any) -> None:
        log.error("request_failed", exc_info=self.error)

    def access(self, *_: Any) -> None:
        pass

    def debug(self, *_: Any) -> None:
        pass


class BoundedThreadWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    def init_process(self) -> None:
        # Each request reads about 30 settings, and gunicorn computes each of them again.
        self.cfg.__dict__.update({name: setting.get() for name, setting in self.cfg.settings.items()})
        self._together: Together | None = None
        super().init_process()

    def load_wsgi(self) -> None:
        super().load_wsgi()
        if hasattr(self.wsgi, "answer_together"):
            self._together = Together(self.wsgi, self._take_back, lambda: self.alive)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Answer a request that can't be read, as gunicorn does."""
        ThreadWorker.handle_error(SimpleNamespace(cfg=self.cfg, log=_ErrorLog(exc)), req, client, addr, exc)

    def handle(self, conn: TConn) -> Any:
        """Handle requests in a thread, as long as they follow each other. Returns whether the connection stays open."""
        if not isinstance(conn.sock, BoundedSocket):
            conn.sock = BoundedSocket(fileno=conn.sock.detach())
            if not conn.wait_for_data(FIRST_BYTE_SECONDS):
                return _DEFER
        stays_open = self._handle_one(conn)
        while stays_open is True:
            if self._together and self._together.take(conn):
                return _TAKEN
            if not self._has_next(conn):
                break
            stays_open = self._handle_one(conn)
        if not stays_open:
            # gunicorn itself lingers in the loop that accepts connections, which would block that loop for two seconds.
            conn.sock.linger()
        return stays_open

    def _handle_one(self, conn: TConn) -> Any:
        conn.sock.read_until = time.monotonic() + READ_SECONDS
        return super().handle(conn)

    def _has_next(self, conn: TConn) -> bool:
        """Whether the connection's next request arrives before anyone needs this thread."""
        if conn.parser.unreader.buf.getvalue():  # it arrived with the last one
            return True
        is_needed = self.tpool._work_queue.qsize() > 0  # noqa: SLF001 - an executor has no other way to tell
        if is_needed or not self.alive:
            return False
        try:
            conn.parser.unreader.unread(conn.sock.recv_soon(RECEIVED_BYTES))
        except BlockingIOError:
            return False
        return True

    def finish_request(self, conn: TConn, done: Future[Any]) -> None:
        """Put the connection where it belongs after ``handle``. Runs in the loop that accepts connections.

        A stopping gunicorn closes a connection that hasn't sent a byte yet. Its client has only just connected, and
        nobody else will answer it: wait for its request again, for gunicorn's own five seconds.
        """
        result = None if done.cancelled() or done.exception() else done.result()
        if result is _TAKEN:
            return
        is_silent = result is _DEFER
        if is_silent and not self.alive and not conn.sock.is_last_wait:
            conn.sock.is_last_wait = True
            self.enqueue_req(conn)
            return
        super().finish_request(conn, done)

    def _take_back(self, conn: TConn, stays_open: bool) -> None:
        """Put a connection where it belongs after it was answered together with others."""
        if not stays_open:  # then gunicorn's loop doesn't wait for its end
            with contextlib.suppress(OSError):
                conn.sock.shutdown(socket.SHUT_RDWR)
        done: Future[Any] = Future()
        done.set_result(stays_open)
        self.method_queue.defer(self.finish_request, conn, done)


_default_headers = Response.default_headers


def _without_server(response: Response) -> list[str]:
    """gunicorn's own headers, apart from the one that names it to strangers. It has no setting for that."""
    return [line for line in _default_headers(response) if not line.startswith("Server:")]


Response.default_headers = _without_server
