from __future__ import annotations

import pytest

from connectors.models import Writeback
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
