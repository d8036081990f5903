from __future__ import annotations

from collections.abc import Callable

import pytest
import redis

from scripts.demo.people import Candidate
from scripts.demo.stage import Stage
from scripts.demo.story import deliver_report, give_reference, move, name_references, outcome
from scripts.stack.stack import Stack
from tests.flows.outcomes import assert_once, wait_until_settled

pytestmark = [pytest.mark.flow, pytest.mark.slow]


def test_the_main_job_completes_while_the_broker_is_flushed_repeatedly(
    stage: Stage, stack: Stack, newcomer: Callable[[], Candidate]
) -> None:
    """The broker only carries wake-ups: rows wait for the next one. Nobody is signed out either."""
    candidate = newcomer()
    with redis.Redis.from_url(stack.valkey.url(0)) as broker:
        broker.flushall()
        move(stage, candidate)
        broker.flushall()
        assert outcome(stage, candidate).startswith("Request sent")
        broker.flushall()
        name_references(stage, candidate)
        for colleague in candidate.colleagues:
            broker.flushall()
            give_reference(stage, candidate, colleague)
        broker.flushall()
        deliver_report(stage, candidate)
    wait_until_settled(stage, candidate)
    assert_once(stage.sandbox, candidate)
