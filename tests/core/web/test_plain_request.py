"""Only a request that allows one interpretation is read. Every other one is left to the web server."""

from __future__ import annotations

import pytest

from crosschq.core.web import plain_request

LINE = b"POST /hooks/vendor/token HTTP/1.1\r\n"
PLAIN = LINE + b"Host: localhost\r\nLink:<https://a.example/?b=c>; rel=self\r\nContent-Length: 4\r\n\r\nbody"


def test_a_plain_request_is_read() -> None:
    request = plain_request.read(PLAIN)
    assert request is not None
    assert (request.method, request.path, request.body) == ("POST", "/hooks/vendor/token", b"body")
    assert dict(request.headers) == {
        "host": "localhost",
        "link": "<https://a.example/?b=c>; rel=self",
        "content-length": "4",
    }
    assert request.headers.get("LINK") == request.headers["Link"]
    assert request.headers.get("X-Other", "") == ""
    assert "X-Other" not in request.headers


def test_a_request_without_a_body_is_read() -> None:
    request = plain_request.read(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert request is not None
    assert request.body == b""


def test_an_incomplete_request_is_left() -> None:
    assert [end for end in range(len(PLAIN)) if plain_request.read(PLAIN[:end])] == []


@pytest.mark.parametrize(
    "data",
    [
        PLAIN + PLAIN,
        PLAIN + b"\r\n",
        b"\r\n" + PLAIN,
        PLAIN.replace(b"HTTP/1.1", b"HTTP/1.0"),
        PLAIN.replace(b"/token ", b"/token?a=b "),
        PLAIN.replace(b"/token ", b"/to%6ben "),
        PLAIN.replace(b" /hooks", b" http://localhost/hooks"),
        PLAIN.replace(b"POST /", b"POST  /"),
        PLAIN.replace(b"\r\n", b"\n"),
        PLAIN.replace(b"4\r\n\r\n", b"4\r\nHost: another\r\n\r\n"),
        PLAIN.replace(b"4\r\n\r\n", b"4\r\ncontent-length: 4\r\n\r\n"),
        PLAIN.replace(b"Length: 4", b"Length: +4"),
        PLAIN.replace(b"Length: 4", b"Length: 4, 4"),
        PLAIN.replace(b"Length: 4", b"Length: \xb2"),
        PLAIN.replace(b"Content-Length: 4", b"Transfer-Encoding: chunked"),
        PLAIN.replace(b"Content-Length", b"Content_Length"),
        PLAIN.replace(b"Content-Length:", b"Content-Length :"),
        PLAIN.replace(b"Content-Length:", b"Content-Length\x00:"),
        PLAIN.replace(b"Host: localhost", b"Host: local\x00host"),
        PLAIN.replace(b"Host: localhost", b"Host: local\rhost"),
        PLAIN.replace(b"Host: localhost", b"Host: caf\xe9"),
        PLAIN.replace(b"Host: localhost", b"Host:"),
        PLAIN.replace(b"Host: localhost", b"Host: localhost\r\n folded"),
        PLAIN.replace(b"Host: localhost", b"Expect: 100-continue"),
        PLAIN.replace(b"Host: localhost", b"Connection: close"),
        PLAIN.replace(b"Host: localhost", b"Upgrade: h2c"),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00",
    ],
)
def test_a_request_that_could_mean_more_is_left(data: bytes) -> None:
    assert data != PLAIN
    assert plain_request.read(data) is None


def test_a_response_has_its_status_and_headers() -> None:
    response = plain_request.response(202, {"Content-Length": "0", "X-Request-ID": "1"})
    assert response == b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\nX-Request-ID: 1\r\n\r\n"
