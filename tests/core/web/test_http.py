"""Our outbound HTTP client against misbehaving servers on real sockets."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
import requests
from django.db import transaction
from pytest_django import Settings

from crosschq.core.web import http
from crosschq.core.web.http import MAX_ANSWER_BYTES, Unreachable
from crosschq.tenancy.scope import cross_tenant, tenant
from scripts.stack.processes import free_port
from tests.factories import make_organization
from tests.patience import SECONDS

Answer = Callable[[socket.socket, bytes], object]


@pytest.fixture(autouse=True)
def _loopback_allowed(settings: Settings) -> None:
    settings.OUTBOUND_HOSTS = frozenset({"127.0.0.1"})


@contextmanager
def server(answer: Answer) -> Iterator[tuple[str, list[bytes]]]:
    """A server that reads each request's headers, then does what the test says. Returns its URL and the requests."""
    heads: list[bytes] = []

    def serve() -> None:
        while True:
            try:
                peer, _ = listening.accept()
            except OSError:
                return
            with peer:
                head = b""
                while b"\r\n\r\n" not in head and (received := peer.recv(65536)):
                    head += received
                heads.append(head)
                try:
                    answer(peer, head)
                except OSError:
                    continue

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", heads
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(SECONDS)


def says(*parts: bytes, pause: float = 0) -> Answer:
    def answer(peer: socket.socket, head: bytes) -> None:
        for part in parts:
            peer.sendall(part)
            time.sleep(pause)

    return answer


def whole(body: bytes, *, status: bytes = b"200 OK", headers: bytes = b"") -> bytes:
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\n%sConnection: close\r\n\r\n%s" % (status, len(body), headers, body)


def get(url: str, *, read_seconds: float = SECONDS) -> requests.Response:
    return http.call("GET", url, headers={"Accept": "application/json"}, read_seconds=read_seconds)


def test_a_response_of_any_status_is_returned_with_its_body() -> None:
    with server(says(whole(b'{"code": "NO"}', status=b"422 Unprocessable"))) as (url, _):
        answer = get(url)
    assert (answer.status_code, answer.json()) == (422, {"code": "NO"})


def test_a_request_includes_its_headers_query_and_json() -> None:
    with server(says(whole(b"{}"))) as (url, heads):
        http.call("POST", f"{url}/messages", headers={"X-One": "1"}, params={"a": "b c"}, json={"text": "é"})
    (sent,) = heads
    assert sent.startswith(b"POST /messages?a=b+c HTTP/1.1\r\n")
    assert b"X-One: 1\r\n" in sent


def test_a_file_is_sent_as_multipart() -> None:
    with server(says(whole(b"{}"))) as (url, heads):
        http.call(
            "POST", url, headers={}, data={"kind": "report"}, files={"file": ("r.pdf", b"%PDF", "application/pdf")}
        )
    assert b"Content-Type: multipart/form-data; boundary=" in heads[0]


def test_chunked_and_compressed_responses_are_read_completely() -> None:
    body = json.dumps({"n": list(range(50_000))}).encode()
    packed = gzip.compress(body)
    chunks = b"".join(
        b"%x\r\n%s\r\n" % (len(packed[i : i + 999]), packed[i : i + 999]) for i in range(0, len(packed), 999)
    )
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
    with server(says(head, chunks + b"0\r\n\r\n")) as (url, _):
        assert get(url).content == body


@pytest.mark.parametrize("status", [b"301 Moved", b"302 Found", b"307 Temporary", b"308 Permanent"])
def test_a_redirect_is_not_followed(status: bytes) -> None:
    with server(says(whole(b"secret"))) as (elsewhere, asked):
        location = b"Location: %s/\r\n" % elsewhere.encode()
        with server(says(whole(b"", status=status, headers=location))) as (url, _):
            assert get(url).status_code == int(status[:3])
            session = requests.Session()
            http.guard(session)
            assert session.post(url, data={"client_secret": "s"}).status_code == int(status[:3])
    assert asked == []


@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_a_response_that_is_too_large_is_dropped(compress: Callable[[bytes], bytes]) -> None:
    body = compress(b"0" * (MAX_ANSWER_BYTES * 20))
    encoding = b"Content-Encoding: gzip\r\n" if compress is gzip.compress else b""
    says_it = says(whole(body, headers=encoding))
    with server(says_it) as (url, _), pytest.raises(Unreachable, match="incomplete") as error:
        get(url)
    assert error.value.sent


def test_a_response_of_exactly_the_maximum_size_is_read() -> None:
    with server(says(whole(b"0" * MAX_ANSWER_BYTES))) as (url, _):
        assert len(get(url).content) == MAX_ANSWER_BYTES


@pytest.mark.parametrize(
    "broken",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhell",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope",
        b"nonsense\r\n\r\n",
        b"",
    ],
)
def test_an_interrupted_response_may_have_had_an_effect(broken: bytes) -> None:
    with server(says(broken)) as (url, _), pytest.raises(Unreachable) as error:
        get(url)
    assert error.value.sent


def test_a_silent_server_times_out() -> None:
    over = threading.Event()
    with server(lambda peer, head: over.wait()) as (url, _):
        with pytest.raises(Unreachable) as error:
            get(url, read_seconds=0.2)
        over.set()
    assert error.value.sent


@contextmanager
def dripping(head: bytes, again: bytes) -> Iterator[str]:
    """A server each of whose packets arrives soon after the last one."""
    over = threading.Event()

    def drip(peer: socket.socket, _head: bytes) -> None:
        peer.sendall(head)
        for _ in range(1000):
            if over.wait(0.02):
                return
            peer.sendall(again)

    with server(drip) as (url, _):
        try:
            yield url
        finally:
            over.set()


@pytest.mark.parametrize(
    ("head", "again"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\nX-Header: ", b"x"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;", b"x"),
    ],
)
def test_a_dripping_server_times_out(head: bytes, again: bytes) -> None:
    """Only a limit on the whole response ends it."""
    with dripping(head, again) as url, pytest.raises(Unreachable) as error:
        get(url, read_seconds=0.1)
    assert error.value.sent


def test_a_dripping_server_times_out_in_a_librarys_session_too() -> None:
    session = requests.Session()
    http.guard(session)
    with dripping(b"HTTP/1.1 200 OK\r\nX-Header: ", b"x") as url, pytest.raises(requests.RequestException):
        session.get(url, timeout=0.1)


def test_a_refused_connection_definitely_sent_nothing() -> None:
    with pytest.raises(Unreachable, match="the connection failed") as error:
        get(f"http://127.0.0.1:{free_port()}/")
    assert not error.value.sent


def test_an_unknown_host_name_definitely_sent_nothing(settings: Settings) -> None:
    settings.OUTBOUND_HOSTS = frozenset()
    with pytest.raises(Unreachable) as error:
        get("http://no-such-host.invalid/")
    assert not error.value.sent


def test_a_reset_connection_may_have_had_an_effect() -> None:
    def reset(peer: socket.socket, head: bytes) -> None:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")

    with server(reset) as (url, _), pytest.raises(Unreachable, match="the connection failed") as error:
        get(url)
    assert error.value.sent


@pytest.mark.parametrize("url", ["http://localhost:{port}/", "http://127.0.0.1@localhost:{port}/", "http:///x"])
def test_a_host_that_is_not_allowed_is_never_called(url: str) -> None:
    with server(says(whole(b"secret"))) as (ours, asked):
        port = ours.rpartition(":")[2]
        with pytest.raises(Unreachable):
            get(url.format(port=port))
        session = requests.Session()
        http.guard(session)
        with pytest.raises((Unreachable, requests.RequestException)):
            session.get(url.format(port=port))
    assert asked == []


def test_a_single_port_of_a_host_can_be_allowed(settings: Settings) -> None:
    with server(says(whole(b"{}"))) as (url, _), server(says(whole(b"{}"))) as (other, asked):
        settings.OUTBOUND_HOSTS = frozenset({url.removeprefix("http://")})
        assert get(url).status_code == 200
        with pytest.raises(Unreachable, match="OUTBOUND_HOSTS"):
            get(other)
    assert asked == []


def test_proxy_settings_of_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    with server(says(whole(b"proxied"))) as (proxy, asked), server(says(whole(b"direct"))) as (url, _):
        monkeypatch.setenv("HTTP_PROXY", proxy)
        monkeypatch.setenv("http_proxy", proxy)
        monkeypatch.setenv("NO_PROXY", "")
        assert get(url).content == b"direct"
    assert asked == []


@pytest.mark.django_db
def test_a_network_call_inside_a_transaction_is_refused() -> None:
    organization = make_organization()
    blocks: list[Callable[[], AbstractContextManager[Any]]] = [
        lambda: tenant(organization),
        lambda: cross_tenant("a test"),
        transaction.atomic,
    ]
    with server(says(whole(b"{}"))) as (url, asked):
        for block in blocks:
            with block(), pytest.raises(RuntimeError, match="inside a transaction"):
                get(url)
        assert asked == []
        assert get(url).status_code == 200
