"""gunicorn's threaded worker, bounded in how long one client may hold a thread.

gthread reads a request in the thread that answers it and waits for each byte as long as the client likes: as many slow
clients as there are threads stop the server. A proxy that buffers requests stands in front; this holds without one.
"""

import contextlib
import errno
import math
import select
import socket
import time
from typing import Any

from gunicorn.workers.gthread import _DEFER, TConn, ThreadWorker

# The proxy hands over a request that has wholly arrived, so only clients that come without it are slow.
READ_SECONDS = 10.0
WRITE_SECONDS = 30.0
# A connection without a byte so far waits in the server's loop, not in a thread.
FIRST_BYTE_SECONDS = 0.05
# A client that is still sending gets to read the answer: RFC 9112, section 9.6.
LINGER_SECONDS = 1.0


class ClientTooSlow(ConnectionResetError):
    """gunicorn and Django treat it as a client that went away."""

    def __init__(self) -> None:
        super().__init__(errno.ECONNRESET, "the client was too slow")


class BoundedSocket(socket.socket):
    """Reads until one moment, however many reads it takes, and writes each piece within WRITE_SECONDS."""

    read_until = math.inf

    def recv(self, size: int, flags: int = 0) -> bytes:
        remaining = self.read_until - time.monotonic()
        own = self.gettimeout()
        if own is not None and own < remaining:  # gunicorn's own, while it discards a body
            return super().recv(size, flags)
        if remaining <= 0 or not self._readable(remaining):
            raise ClientTooSlow
        return super().recv(size, flags)

    def _readable(self, seconds: float) -> bool:
        poll = select.poll()
        poll.register(self, select.POLLIN)
        return bool(poll.poll(None if seconds == math.inf else seconds * 1000))

    def sendall(self, data: Any, flags: int = 0) -> None:
        self.settimeout(WRITE_SECONDS)
        try:
            super().sendall(data, flags)
        except TimeoutError:
            raise ClientTooSlow from None
        finally:
            self.settimeout(None)

    def linger(self) -> None:
        """Say that nothing more will come, and read for a moment, so that the answer is not lost by a reset."""
        with contextlib.suppress(OSError):
            self.shutdown(socket.SHUT_WR)
            self.read_until = time.monotonic() + LINGER_SECONDS
            while self.recv(65536):
                pass
        with contextlib.suppress(OSError):
            self.shutdown(socket.SHUT_RD)


class BoundedThreadWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    def handle(self, conn: TConn) -> Any:
        """One request of a connection, in a thread. What it returns says whether the connection goes on."""
        if not isinstance(conn.sock, BoundedSocket):
            conn.sock = BoundedSocket(fileno=conn.sock.detach())
            if not conn.wait_for_data(FIRST_BYTE_SECONDS):
                return _DEFER
        conn.sock.read_until = time.monotonic() + READ_SECONDS
        goes_on = super().handle(conn)
        if not goes_on:
            # gunicorn lingers in the loop that accepts connections, and would stop it for two seconds each time.
            conn.sock.linger()
        return goes_on
