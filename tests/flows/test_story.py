from __future__ import annotations

import pytest

from scripts.demo.people import JONAS, MAYA, OWNER_EMAIL
from scripts.demo.stage import Stage
from scripts.demo.story import answer_all, deliver_report, move_two
from tests.flows.outcomes import assert_once, wait_until_settled

pytestmark = [pytest.mark.flow, pytest.mark.slow]


def test_the_main_job_works_from_the_move_to_the_report(stage: Stage) -> None:
    """Connecting and setting up come first in every flow test: see conftest.py."""
    said = move_two(stage)
    assert "Tag “eng” matched the template Engineering" in said
    assert "“Sales Lead” has an empty Crosschq tag" in said
    assert "both answered" in answer_all(stage, MAYA)
    assert OWNER_EMAIL in deliver_report(stage, MAYA)
    wait_until_settled(stage, MAYA)
    assert_once(stage.sandbox, MAYA)
    nobody = stage.sandbox.candidate(JONAS.name)
    assert stage.sandbox.letters(to=nobody["email"]) == []
    assert nobody["notes"] == []
