"""A process that dies while handing over a text neither sends it twice nor hides that it may have been sent."""

from __future__ import annotations

from pathlib import Path

import pytest
import time_machine
from pytest_django import Settings

from crosschq.core.outbox import work_item
from crosschq.core.outbox.fault_points import KILLED
from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import Message
from tests.core.jobs import end_lease
from tests.factories import make_organization
from tests.forked import status_of_a_child_that_does
from tests.messaging.rows import deliver, reread
from tests.messaging.text_gateway import MONDAY_NOON, run_text_gateway, write_text

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.mark.parametrize(("point", "arrived"), [("text_before_send", 0), ("text_after_send", 1)])
def test_a_process_killed_at_a_fault_point_sends_no_text_twice(
    settings: Settings, tmp_path: Path, point: str, arrived: int
) -> None:
    with time_machine.travel(MONDAY_NOON), run_text_gateway(settings) as gateway:
        message = write_text(make_organization())
        settings.FAULT_DIR = str(tmp_path)
        (tmp_path / point).touch()
        assert status_of_a_child_that_does(lambda: work_item.drain(Message)) == KILLED
        assert not (tmp_path / point).exists()
        assert reread(message).state == WorkState.WORKING
        end_lease(message)
        message = deliver(message)
        assert (message.state, message.status_text) == (WorkState.UNKNOWN, "May have been sent")
        assert len(gateway.read("texts")) == arrived
