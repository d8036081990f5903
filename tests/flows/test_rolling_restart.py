from __future__ import annotations

import os
import signal
import threading
from collections import Counter
from functools import partial

import pytest
import requests

from scripts.demo.stage import Stage
from scripts.stack.processes import children
from tests.flows.product import Running
from tests.patience import SECONDS, wait_for

pytestmark = [pytest.mark.flow, pytest.mark.slow]
RESTARTS = 4
CLIENTS = 4


def are_replaced(old: set[int], parent: int) -> bool:
    new = set(children(parent))
    return len(new) == len(old) and not new & old


def test_no_request_fails_while_the_web_server_restarts_its_processes(running: Running, stage: Stage) -> None:
    """As at a deployment: new processes take over, and each old one finishes its requests."""
    answers: Counter[str] = Counter()
    ended = threading.Event()

    def ask(number: int) -> None:
        page = "accounts/login/" if number % 2 else "readyz"
        while not ended.is_set():
            try:
                # A new connection each time, as from a proxy that keeps none open.
                answer = requests.get(f"{running.product.url}/{page}", headers={"Connection": "close"}, timeout=SECONDS)
                answers[str(answer.status_code)] += 1
            except requests.RequestException as error:
                answers[type(error).__name__] += 1

    clients = [threading.Thread(target=ask, args=[number]) for number in range(CLIENTS)]
    for client in clients:
        client.start()
    try:
        for _ in range(RESTARTS):
            pid = int(running.product.folder.pid_file("web").read_text(encoding="ascii").split()[0])
            old = set(children(pid))
            os.kill(pid, signal.SIGHUP)
            wait_for(partial(are_replaced, old, pid))
    finally:
        ended.set()
        for client in clients:
            client.join()
    assert set(answers) == {"200"}
    assert answers["200"] > RESTARTS * CLIENTS
