from __future__ import annotations

import pytest

from connectors.models import Writeback
from crosschq.core.outbox import draining
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
def no_share_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draining, "_shares", {})
