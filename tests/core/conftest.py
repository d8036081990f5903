from __future__ import annotations

from collections.abc import Iterator

import pytest

from crosschq.messaging.models import Message
from tests.core import jobs


@pytest.fixture
def performer(monkeypatch: pytest.MonkeyPatch) -> Iterator[jobs.Performer]:
    """Performs the rows of `jobs.make_work`: finishes them, unless the test sets another `job`."""
    fresh = jobs.Performer()
    monkeypatch.setattr(jobs, "performer", fresh)
    monkeypatch.setattr(Message, "performed_by", "tests.core.jobs.performer")
    return fresh
