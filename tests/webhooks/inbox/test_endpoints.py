"""Threads that need the same endpoint at the same time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest

from tests.patience import SECONDS
from webhooks.inbox import endpoints

pytestmark = pytest.mark.django_db
FOUND: Any = SimpleNamespace(unreadable=None)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], list[str]]:
    """Replace the read of the database by a call, and list the paths that are read."""

    def replace(read: Callable[[], object]) -> list[str]:
        paths: list[str] = []

        def find(_vendor: str, path_token: str) -> object:
            paths.append(path_token)
            return read()

        monkeypatch.setattr(endpoints, "find", find)
        monkeypatch.setattr(endpoints, "close_old_connections", lambda: None)
        return paths

    return replace


def test_a_burst_after_a_quiet_time_reads_its_endpoint_once(reads: Callable[..., list[str]]) -> None:
    together = threading.Barrier(8, timeout=SECONDS)

    def read() -> object:
        time.sleep(0.02)
        return FOUND

    paths = reads(read)
    recent = endpoints.RecentEndpoints()

    def deliver() -> object:
        together.wait()
        return recent.find("smartrecruiters", "path")

    with ThreadPoolExecutor(8) as threads:
        assert [each.result(SECONDS) for each in [threads.submit(deliver) for _ in range(8)]] == [FOUND] * 8
    assert paths == ["path"]


def test_a_read_that_hangs_does_not_hold_up_the_others(
    reads: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoints, "WAIT_SECONDS", 0.01)
    hangs, over = threading.Event(), threading.Event()

    def read() -> object:
        if not hangs.is_set():
            hangs.set()
            over.wait(SECONDS)
        return FOUND

    paths = reads(read)
    recent = endpoints.RecentEndpoints()
    with ThreadPoolExecutor(1) as thread:
        first = thread.submit(recent.find, "smartrecruiters", "path")
        assert hangs.wait(SECONDS)
        assert recent.find("smartrecruiters", "path") is FOUND
        assert not first.done()
        over.set()
    assert paths == ["path", "path"]


def test_paths_that_do_not_exist_do_not_wait_for_each_other(reads: Callable[..., list[str]]) -> None:
    both = threading.Barrier(2, timeout=SECONDS)

    def read() -> None:
        both.wait()

    paths = reads(read)
    recent = endpoints.RecentEndpoints()
    with ThreadPoolExecutor(2) as threads:
        found = [threads.submit(recent.find, "smartrecruiters", path) for path in ("one", "two")]
        assert [each.result(SECONDS) for each in found] == [None, None]
    assert sorted(paths) == ["one", "two"]
