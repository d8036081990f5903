"""How a delivery's body may arrive, over the wire: with or without a length, and never more than the cap."""

from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.patience import SECONDS
from tests.web_server.clients import PROMPT_SECONDS, in_pieces
from tests.web_server.conftest import Web
from tests.webhooks.deliveries import BODY, PATH, signed

pytestmark = [pytest.mark.flow, pytest.mark.slow]


def exchange(port: int, request: bytes) -> tuple[int, float]:
    """Send these bytes and nothing more. Returns the status, 0 for none, and how long it took."""
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), SECONDS) as client:
        client.sendall(request)
        line = client.makefile("rb").readline().split()
    return int(line[1]) if line else 0, time.monotonic() - began


def head(path: str, headers: dict[str, str]) -> bytes:
    lines = [f"POST /hooks/smartrecruiters/{path} HTTP/1.1", "Host: localhost"]
    return "\r\n".join([*lines, *(f"{name}: {value}" for name, value in headers.items()), "", ""]).encode()


def test_a_chunked_delivery_is_accepted_like_any_other(web: Web) -> None:
    headers = signed(BODY, event_id="chunked")
    assert requests.post(web.hook, data=in_pieces(BODY), headers=headers, timeout=SECONDS).status_code == 202


def test_a_chunked_delivery_that_was_forged_is_refused(web: Web) -> None:
    forged = signed(BODY, event_id="forged", key="another")
    assert requests.post(web.hook, data=in_pieces(BODY), headers=forged, timeout=SECONDS).status_code == 401


@pytest.mark.parametrize("megabytes", [2, 5])
def test_a_chunked_body_over_the_cap_is_too_large(web: Web, megabytes: int) -> None:
    body = in_pieces(b"x" * megabytes * 1024 * 1024, size=64 * 1024)
    assert requests.post(web.hook, data=body, headers=signed(b""), timeout=SECONDS).status_code == 413


def test_a_body_over_the_cap_is_refused_by_its_length_alone(web: Web) -> None:
    status, seconds = exchange(web.port, head(PATH, {"Content-Length": "2000000"}))
    assert (status, seconds < PROMPT_SECONDS) == (413, True)


@pytest.mark.parametrize(
    "chunks",
    [
        b"zz\r\nabc\r\n0\r\n\r\n",
        b"3\r\nabcd\r\n0\r\n\r\n",
        b"3\r\nabc\r\n0\r\nbad trailer\r\n\r\n",
        b"3;\x00\r\nabc\r\n0\r\n\r\n",
        b"-1\r\n\r\n",
        b"3\nabc\n0\n\n\r\n",
    ],
)
def test_broken_chunks_are_a_bad_request(web: Web, chunks: bytes) -> None:
    status, _seconds = exchange(web.port, head(PATH, {"Transfer-Encoding": "chunked"}) + chunks)
    assert status == 400


@pytest.mark.parametrize("length", [{"Content-Length": "60000"}, {"Transfer-Encoding": "chunked"}])
def test_an_unknown_path_is_refused_before_the_body_arrives(web: Web, length: dict[str, str]) -> None:
    status, seconds = exchange(web.port, head("nobody", length))
    assert (status, seconds < PROMPT_SECONDS) == (404, True)


def test_the_handshake_does_not_wait_for_a_body(web: Web) -> None:
    status, seconds = exchange(web.port, head(PATH, {"Content-Length": "60000", "X-Hook-Secret": "test"}))
    assert (status, seconds < PROMPT_SECONDS) == (200, True)


def test_a_missing_body_times_out(web: Web) -> None:
    lengths = ({"Content-Length": "60000"}, {"Transfer-Encoding": "chunked"})
    with ThreadPoolExecutor(len(lengths)) as clients:
        for status, seconds in clients.map(lambda length: exchange(web.port, head(PATH, length) + b"5\r\nab"), lengths):
            assert status == 408
            assert seconds > 9


def test_the_vendors_reachability_test_is_answered(web: Web) -> None:
    """https://developers.smartrecruiters.com/docs/troubleshooting"""
    headers = {"X-Hook-Secret": "test", "Content-Type": "application/json"}
    answer = requests.post(web.hook, data="{}", headers=headers, timeout=SECONDS)
    assert (answer.status_code, answer.headers["X-Hook-Secret"], answer.content) == (200, "test", b"")


def test_an_unsigned_body_is_refused_although_the_vendors_test_expects_202(web: Web) -> None:
    answer = requests.post(web.hook, json={"id": "example"}, timeout=SECONDS)
    assert answer.status_code == 401
