"""A subscriber's callback endpoint: records what it receives and gives the answers a test sets."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Received:
    headers: dict[str, str]
    body: bytes

    @property
    def event_id(self) -> str:
        return self.headers["event-id"]


@dataclass
class Receiver:
    """``status`` is the answer to callbacks; ``echo`` whether the handshake is answered; ``pause`` in seconds.

    ``sets_cookie`` goes with every answer, if there is one.
    """

    url: str = ""
    status: int = 202
    echo: bool = True
    pause: float = 0.0
    sets_cookie: str = ""
    handshake_bodies: list[bytes] = field(default_factory=list)
    handshake_headers: list[dict[str, str]] = field(default_factory=list)
    callbacks: list[Received] = field(default_factory=list)
    token_requests: list[bytes] = field(default_factory=list)
    cookies: list[str] = field(default_factory=list)

    @property
    def handshakes(self) -> int:
        return len(self.handshake_bodies)

    @property
    def token_url(self) -> str:
        """A token service for callbacks authenticated by OAuth 2; it hands out ``tok``."""
        return self.url.replace("/hooks/1", "/token")


@contextmanager
def run_receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(receiver))
    receiver.url = f"http://localhost:{server.server_port}/hooks/1"
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.02))
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            receiver.cookies += self.headers.get_all("cookie", [])
            if self.path == "/token":
                receiver.token_requests.append(body)
                self._answer(200, {"Content-Type": "application/json"}, b'{"access_token": "tok", "expires_in": 60000}')
                return
            secret = self.headers.get("x-hook-secret")
            if secret is not None:
                receiver.handshake_bodies.append(body)
                receiver.handshake_headers.append({name.lower(): value for name, value in self.headers.items()})
                self._answer(200, {"X-Hook-Secret": secret} if receiver.echo else {})
                return
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.callbacks.append(Received(headers, body))
            time.sleep(receiver.pause)
            self._answer(receiver.status, {})

        def _answer(self, status: int, headers: dict[str, str], body: bytes = b"") -> None:
            self.send_response(status)
            if receiver.sets_cookie:
                self.send_header("Set-Cookie", receiver.sets_cookie)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            try:
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                self.close_connection = True  # the sender gave up waiting

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            return

    return Handler
