"""A small storm: workers are killed in the middle of their calls, and each prospect still becomes one candidate.

`make export-storm` is the large one.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import partial

import pytest
from django.db import connection
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from crosschq.core.outbox.work_item import WorkState
from scripts.stack.folder import StateFolder
from scripts.stack.processes import free_port
from scripts.stack.stack import ROOT, Stack
from tests.patience import wait_for
from tests.prospects.exporting import ADD, Exporter, exporter
from tests.vendor import Vendor, started_vendor

PROSPECTS, KILLS = 200, 2
WORKER = """
import django
django.setup()
import time
from crosschq.core.outbox import workers
workers.start(["export"])
time.sleep(300)
"""
# A lease of 300 s ends after 3 s.
LEASE_SCALE = "0.01"


@pytest.fixture
def fast_vendor(
    live_server: LiveServer, settings: Settings, transactional_db: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Vendor]:
    """A sandbox whose limits run ten times as fast, on both sides."""
    settings.BASE_URL = live_server.url
    with started_vendor(StateFolder(tmp_path_factory.mktemp("fast")), live_server, rate_scale=10) as vendor:
        settings.SMARTRECRUITERS = vendor.settings()
        yield vendor


def worker(acme: Exporter, stack: Stack) -> subprocess.Popen[bytes]:
    given = {f"SMARTRECRUITERS_{name}".upper(): str(value) for name, value in acme.vendor.settings().items()}
    environment = os.environ | given | {"DATABASE_URL": stack.app_url(connection.settings_dict["NAME"])}
    environment |= {"LEASE_SCALE": LEASE_SCALE, "OUTBOUND_HOSTS": "localhost", "LOG_LEVEL": "ERROR"}
    # Nothing wakes them, so they find their work on their own.
    environment["CELERY_BROKER_URL"] = f"redis://127.0.0.1:{free_port()}/0"
    return subprocess.Popen([sys.executable, "-c", WORKER], cwd=ROOT, env=environment)


@pytest.mark.slow
def test_each_prospect_is_one_candidate_whichever_process_is_killed(fast_vendor: Vendor, stack: Stack) -> None:
    acme = exporter(fast_vendor)
    acme.choose(tags=("crosschq", "storm"))
    prospects = [acme.prospect(f"Noa Adeyemi-{number}") for number in range(PROSPECTS)]
    for kind, when in (("status", "before"), ("reset", "after"), ("truncated", "after")):
        fast_vendor.tell("faults", route=ADD, kind=kind, when=when, times=1000, share=0.01)
    run = acme.start()
    for kill in range(1, KILLS + 1):
        process, least = worker(acme, stack), kill * PROSPECTS // 4
        wait_for(partial(has_asked, acme, least))
        process.send_signal(signal.SIGKILL)
        process.wait()
    last = worker(acme, stack)
    wait_for(lambda: acme.states() == {WorkState.DONE: PROSPECTS} and acme.run(run).finished_at is not None)
    last.kill()
    last.wait()
    there = [one for one in fast_vendor.ask("state")["candidates"] if one["name"].startswith("Noa")]
    assert Counter(one["email"] for one in there) == Counter(prospect.email for prospect in prospects)
    assert {(tuple(one["tags"]), one["pool_source"]) for one in there} == {(("crosschq", "storm"), "Crosschq")}
    assert {item.candidate_id for item in acme.items()} == {one["id"] for one in there}


def has_asked(acme: Exporter, least: int) -> bool:
    return acme.creates() >= least
