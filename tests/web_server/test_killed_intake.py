"""A web server that ends in the middle of deliveries has stored all that it acknowledged, and leaves none waiting."""

from __future__ import annotations

import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import psycopg2
import pytest
import requests

from tests.patience import SECONDS
from tests.web_server.clients import KeptConnection
from tests.web_server.conftest import Web, processes_that_answer
from tests.webhooks.deliveries import BODY, over_the_wire, signed

pytestmark = pytest.mark.flow
SENDERS, SECONDS_BETWEEN = 12, 1.3


@pytest.mark.parametrize(
    ("end", "ends"),
    [
        (signal.SIGKILL, 1),
        pytest.param(signal.SIGKILL, 6, marks=pytest.mark.slow),
        pytest.param(signal.SIGTERM, 6, marks=pytest.mark.slow),
    ],
)
def test_nothing_acknowledged_is_missing_and_no_one_waits_after_the_end_of_a_process(
    web: Web, end: signal.Signals, ends: int
) -> None:
    acknowledged: set[str] = set()
    over, waits = threading.Event(), []

    def send(sender: int) -> None:
        number, kept = 0, KeptConnection(web.port, seconds=SECONDS)
        with requests.Session() as session:
            while not over.is_set():
                number += 1
                event_id, began = f"{end.name}-{ends}-{sender}-{number}", time.monotonic()
                with suppress(requests.RequestException, OSError):
                    if sender % 2:  # answered together with others
                        (status,) = kept.send(over_the_wire(event_id=event_id))
                    else:
                        headers = signed(BODY, event_id=event_id)
                        status = session.post(web.hook, data=BODY, headers=headers, timeout=SECONDS).status_code
                    if status == 202:
                        acknowledged.add(event_id)
                waits.append(time.monotonic() - began)
        kept.close()

    with ThreadPoolExecutor(SENDERS) as senders:
        running = [senders.submit(send, number) for number in range(SENDERS)]
        for _ in range(ends):
            time.sleep(SECONDS_BETWEEN)
            for pid in processes_that_answer(web.pid)[:1]:
                os.kill(pid, end)
        time.sleep(1)
        over.set()
        for each in running:
            each.result()

    with psycopg2.connect(web.environment["DATABASE_URL"]) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.org', '*', true)")
        cursor.execute("SELECT event_id FROM webhooks_inboundevent WHERE event_id LIKE %s", [f"{end.name}-{ends}-%"])
        stored = {row[0] for row in cursor.fetchall()}
    connection.close()
    assert len(acknowledged) > SENDERS
    assert acknowledged <= stored
    assert max(waits) < SECONDS / 2  # a client that nobody answers waits for all of them
