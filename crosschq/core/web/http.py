"""The HTTP client for all of our outbound calls.

Every call has a time limit, however slowly its response arrives. It follows no redirects, reads a response of limited
size, and goes only to hosts in OUTBOUND_HOSTS. Calls are refused inside a transaction, because a slow server would hold
its locks, and during a web request, because a slow server would hold its thread.

All threads of the process share connections, which stay open for the next call to the same host.
"""

import http.client
import io
import os
import socket
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import urlsplit

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, NewConnectionError

from crosschq.core.database import rls
from crosschq.core.web import network_guard

CONNECT_SECONDS = 5
READ_SECONDS = 25
MAX_ANSWER_BYTES = 2_000_000
CHUNK_BYTES = 64 * 1024

HOSTS_KEPT = 32
CONNECTIONS_PER_HOST = 8
# A server may close an idle connection just as we reuse it. We then repeat a read. We don't repeat a write, since it
# may have arrived, so a write uses only a connection that was used a moment ago.
IDLE_SECONDS = 15
IDLE_SECONDS_FOR_WRITES = 2
REPEATABLE = {"GET", "HEAD"}


class Unreachable(Exception):
    """No usable response arrived. sent: whether the server may have received the request."""

    def __init__(self, why: str, *, sent: bool) -> None:
        super().__init__(why)
        self.sent = sent


_last_connection = threading.local()


def last_sent_at() -> float:
    """When this thread's latest call was sent, by time.monotonic(). 0 if it made none."""
    return float(getattr(_last_connection, "sent_at", 0.0))


class UntilTimeout(io.RawIOBase):
    """Reads a response from a socket whose timeout, otherwise that of a single read, is for all of it."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket) -> None:
        self._raw, self._sock = raw, sock
        self._until = time.monotonic() + (sock.gettimeout() or READ_SECONDS)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        remaining = self._until - time.monotonic()
        if remaining <= 0:
            raise TimeoutError("the answer took too long")
        self._sock.settimeout(remaining)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(UntilTimeout(self.fp.detach(), sock))


class _Timed(HTTPConnection):
    """Records when a request was sent, which may be after a connection was made, and limits the whole response."""

    response_class = _Response

    def getresponse(self) -> Any:
        _last_connection.sent_at = time.monotonic()
        return super().getresponse()


class _TimedTls(_Timed, HTTPSConnection):
    pass


class _Connections(HTTPConnectionPool):
    ConnectionCls = _Timed


class _TlsConnections(_Connections, HTTPSConnectionPool):
    ConnectionCls = _TimedTls


class GuardedAdapter(HTTPAdapter):
    """Applies these rules to every request of a session, including a library's requests."""

    pools: ClassVar[Mapping[str, type[HTTPConnectionPool]]] = {"http": _Connections, "https": _TlsConnections}

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self.pools

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        _check(request.url or "")
        given = kwargs.get("timeout") or READ_SECONDS
        # A library may pass a single number for both, as requests allows.
        connect, read = given if isinstance(given, tuple) else (min(CONNECT_SECONDS, given), given)
        kwargs["timeout"] = (connect, read)
        kwargs["stream"] = True
        response = super().send(request, *args, **kwargs)
        response._content = _read(response)  # noqa: SLF001 - as requests itself does when it reads a body
        return response


class _KeptConnections(_Connections):
    """Reuses no connection that was idle too long, and records whether this thread's call reused one."""

    def urlopen(self, method: str, *args: Any, **kwargs: Any) -> Any:
        _last_connection.idle_seconds = IDLE_SECONDS if method in REPEATABLE else IDLE_SECONDS_FOR_WRITES
        return super().urlopen(method, *args, **kwargs)

    def _get_conn(self, timeout: float | None = None) -> Any:
        kept: Any = super()._get_conn(timeout)
        if time.monotonic() - getattr(kept, "idle_since", 0) > _last_connection.idle_seconds:
            kept.close()  # it reconnects on use
        _last_connection.is_reused = kept.sock is not None
        if kept.sock is not None:
            kept.sock.settimeout(CONNECT_SECONDS)  # not what the last response left of its own
        return kept

    def _put_conn(self, conn: Any) -> None:
        if conn is not None:
            conn.idle_since = time.monotonic()
        super()._put_conn(conn)


class _KeptTlsConnections(_KeptConnections, _TlsConnections):
    pass


class _KeepingAdapter(GuardedAdapter):
    pools = {"http": _KeptConnections, "https": _KeptTlsConnections}


def _new_adapter() -> GuardedAdapter:
    return _KeepingAdapter(pool_connections=HOSTS_KEPT, pool_maxsize=CONNECTIONS_PER_HOST)


class _Kept:
    """The process's connections. A child process starts with none, because sharing one would mix up responses."""

    adapter = _new_adapter()

    @classmethod
    def forget(cls) -> None:
        cls.adapter = _new_adapter()


os.register_at_fork(after_in_child=_Kept.forget)


def guard(session: requests.Session, *, adapter: GuardedAdapter | None = None) -> None:
    """Apply the rules of this module to a session, such as one of requests-oauthlib."""
    adapter = adapter or GuardedAdapter()
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    session.trust_env = False
    # Following a redirect could send our secrets to another address.
    session.get_redirect_target = lambda resp: None  # type: ignore[method-assign]


def call(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    params: Mapping[str, str | Sequence[str]] | None = None,
    json: Any = None,
    data: Mapping[str, str] | None = None,
    files: Mapping[str, tuple[str, bytes, str]] | None = None,
    read_seconds: float = READ_SECONDS,
) -> requests.Response:
    """Send one request and return the response, whatever its status. Raises Unreachable without a complete response.

    A file is (name, content, content type). With files the body is multipart/form-data, and `data` holds its other
    fields.
    """

    try:
        # Not through a session: one costs more than all the rest, and would keep cookies for other customers' calls.
        request = requests.Request(method, url, headers, files, data, params, json=json).prepare()
        for name, value in requests.utils.default_headers().items():
            request.headers.setdefault(name, value)
        timeout = (CONNECT_SECONDS, read_seconds)
        try:
            return _Kept.adapter.send(request, timeout=timeout)
        except requests.ConnectionError as error:
            if method not in REPEATABLE or not _broke_when_reused(error):
                raise
            return GuardedAdapter().send(request, timeout=timeout)
    except requests.ConnectTimeout as error:
        raise Unreachable("it did not answer in time", sent=False) from error
    except requests.ConnectionError as error:
        raise Unreachable("the connection failed", sent=not _never_connected(error)) from error
    except requests.RequestException as error:
        raise Unreachable("its answer was incomplete", sent=True) from error


def _broke_when_reused(error: requests.ConnectionError) -> bool:
    """Whether the server had closed a reused connection, rather than failed on a new one."""
    return not isinstance(error, requests.Timeout) and getattr(_last_connection, "is_reused", False)


def _check(url: str) -> None:
    if rls.in_transaction():
        raise RuntimeError("a network call inside a transaction")
    if network_guard.is_answering():
        raise RuntimeError("a network call while a web request is answered")
    parts = urlsplit(url)
    allowed = settings.OUTBOUND_HOSTS
    if allowed and parts.netloc not in allowed and parts.hostname not in allowed:
        raise Unreachable(f"{parts.netloc} is not in OUTBOUND_HOSTS", sent=False)


def _never_connected(error: requests.ConnectionError) -> bool:
    """Whether connecting failed, so nothing was sent. A connection that broke later raises the same class."""
    cause = error.args[0] if error.args else None
    return isinstance(getattr(cause, "reason", None), NewConnectionError)


def _read(response: requests.Response) -> bytes:
    """Read the decoded body, up to MAX_ANSWER_BYTES."""
    body = bytearray()
    try:
        while chunk := response.raw.read1(CHUNK_BYTES, decode_content=True):
            body += chunk
            if len(body) > MAX_ANSWER_BYTES:
                raise requests.exceptions.ContentDecodingError("the answer is larger than 2 MB")
    except HTTPError as error:
        raise requests.exceptions.ChunkedEncodingError(error) from error
    finally:
        response.close()
    return bytes(body)
