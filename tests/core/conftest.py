from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from connectors.models import Writeback
from crosschq.core.outbox import draining
from crosschq.core.outbox.queues import QUEUES
from crosschq.messaging.models import Message
from tests.core import jobs


@pytest.fixture
def performer(monkeypatch: pytest.MonkeyPatch) -> jobs.Performer:
    """Performs messages and notes: finishes them, unless the test sets another `job`."""
    fresh = jobs.Performer()
    monkeypatch.setattr(jobs, "performer", fresh)
    for kind in (Message, Writeback):
        monkeypatch.setattr(kind, "performed_by", "tests.core.jobs.performer")
    return fresh


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> jobs.Woken:
    """The queues for which another thread was woken. None starts."""
    found: jobs.Woken = []
    monkeypatch.setattr(draining, "wake", lambda *what: found.append(what))
    return found


@pytest.fixture
def own_threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Queues without claimed rows, whose threads end with the test: they would take what the next test makes."""
    monkeypatch.setattr(draining, "_shares", {})
    monkeypatch.setattr(draining, "_woken", set())
    threads = {queue.name: ThreadPoolExecutor(queue.threads) for queue in QUEUES.values()}
    monkeypatch.setattr(draining, "_threads", threads.__getitem__)
    yield
    for pool in threads.values():
        pool.shutdown()
