"""All quirks of the ATS together: late reads, odd elements, changed case of ids, odd signatures."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from scripts.demo.people import Candidate
from scripts.demo.stage import Stage
from tests.flows.outcomes import play

pytestmark = [pytest.mark.flow, pytest.mark.slow]

SWITCHES = {
    "read_lag": 5,
    "odd_elements": True,
    "team_roles": "renamed",
    "time_form": "no_offset",
    "text_field_value": "text",
    "note_answer": "empty",
    "id_case": "upper_in_events",
    "merged_profile": "survivor",
    "update_time_covers_moves": False,
    "signature_hex": "upper",
    "signature_separator": "comma",
}


def test_the_main_job_works_with_every_switch_on(stage: Stage, newcomer: Callable[[], Candidate]) -> None:
    candidate = newcomer()
    stage.sandbox.tell("switches", **SWITCHES)
    try:
        play(stage, candidate)
    finally:
        stage.sandbox.tell("switches/reset")
