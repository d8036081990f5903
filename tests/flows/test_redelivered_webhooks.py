"""Deliveries arrive twice, late or out of order, and the current state decides."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from scripts.demo.people import Candidate
from scripts.demo.stage import Stage
from scripts.demo.story import move
from tests.flows.outcomes import finish

pytestmark = [pytest.mark.flow, pytest.mark.slow]


def events_about(stage: Stage, candidate: Candidate) -> list[str]:
    """The ids of this candidate's delivered moves, newest first."""
    its_id = stage.sandbox.candidate(candidate.name)["id"]
    moves = (d for d in stage.sandbox.read("deliveries") if d["event_name"] == "application.status.updated")
    return [delivery["event_id"] for delivery in moves if its_id in delivery["body"]]


def test_repeated_deliveries_start_one_request(stage: Stage, newcomer: Callable[[], Candidate]) -> None:
    candidate = newcomer()
    move(stage, candidate)
    (event,) = events_about(stage, candidate)
    stage.sandbox.tell("duplicate", event_id=event, copies=5)
    stage.sandbox.tell("redeliver", event_id=event)
    stage.sandbox.tell("advance", seconds=0)
    finish(stage, candidate)
    stage.sandbox.tell("redeliver", event_id=event)
    stage.sandbox.tell("advance", seconds=0)
    assert len(events_about(stage, candidate)) == 6
    assert {d["state"] for d in stage.sandbox.read("deliveries") if d["event_id"] == event} == {"delivered"}


def test_moves_delivered_out_of_order_start_one_request(stage: Stage, newcomer: Callable[[], Candidate]) -> None:
    """To the step, away, and back. The newest is delivered first."""
    candidate = newcomer()
    stage.sandbox.tell("hold")
    ids = {"candidate_id": stage.sandbox.candidate(candidate.name)["id"], "job_id": job_id(stage, candidate)}
    for step in ("Crosschq", "On-site interview", "Crosschq"):
        stage.sandbox.tell("move", **ids, status="INTERVIEW", sub_status=step)
    stage.sandbox.tell("release", order="newest_first")
    assert len(events_about(stage, candidate)) == 3
    finish(stage, candidate)


def job_id(stage: Stage, candidate: Candidate) -> str:
    return str(stage.sandbox.candidate(candidate.name)["applications"][0]["job_id"])
