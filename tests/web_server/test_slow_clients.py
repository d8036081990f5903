"""Clients that send one byte a second hold up nobody else, even without a proxy in front."""

from __future__ import annotations

import time

import pytest
import requests

from tests.patience import SECONDS
from tests.web_server.clients import PROMPT_SECONDS, deliver, trickling
from tests.web_server.conftest import Web
from tests.webhooks.deliveries import PATH

pytestmark = [pytest.mark.flow, pytest.mark.slow]

HEAD = b"POST /hooks/smartrecruiters/%s HTTP/1.1\r\nHost: localhost\r\n"
# Each sends the first part immediately and the rest slowly.
SLOW = {
    "body": HEAD % PATH.encode() + b"Content-Length: 60000\r\n\r\n",
    "chunked body": HEAD % PATH.encode() + b"Transfer-Encoding: chunked\r\n\r\nea60\r\n",
    "head": HEAD % PATH.encode() + b"X-Slow: ",
    "body at an unknown path": HEAD % b"nobody" + b"Content-Length: 60000\r\n\r\n",
    "nothing": b"",
    "form": b"POST /accounts/login/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n\r\n",
}


@pytest.mark.parametrize("count", [10, 30])
@pytest.mark.parametrize("slow", SLOW)
def test_slow_clients_do_not_stop_intake(web: Web, slow: str, count: int) -> None:
    with trickling(web.port, SLOW[slow], count=count, after=b"" if slow == "nothing" else b"x"):
        time.sleep(0.3)
        seen = [deliver(web.hook) for _ in range(3)]
        alive = requests.get(f"{web.url}/healthz", timeout=SECONDS)
    assert [status for status, _ in seen] == [202] * 3
    assert max(seconds for _, seconds in seen) < PROMPT_SECONDS
    assert alive.status_code == 200
