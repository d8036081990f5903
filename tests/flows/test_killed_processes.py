"""A process that dies at the worst moment loses nothing and does nothing twice."""

from __future__ import annotations

import os
from collections.abc import Callable
from signal import SIGKILL

import pytest
import requests

from crosschq.core.outbox.fault_points import OF_REQUESTS
from scripts.demo.people import Candidate
from scripts.demo.stage import Stage
from scripts.demo.story import answer_all, deliver_report, move, outcome
from scripts.stack.processes import started_at
from tests.flows.outcomes import assert_once, finish, wait_until_settled
from tests.flows.product import Running
from tests.patience import SECONDS, wait_for

pytestmark = [pytest.mark.flow, pytest.mark.slow]


# Text messages are sent only in waking hours: test_text_kills.py covers their points and sets the clock.
@pytest.mark.parametrize("point", OF_REQUESTS)
def test_a_process_killed_at_a_fault_point_loses_nothing(
    running: Running, newcomer: Callable[[], Candidate], point: str
) -> None:
    candidate = newcomer()
    running.arm(point)
    move(running.stage, candidate)
    # SmartRecruiters repeats what the web server could not answer, after a minute on its clock.
    running.stage.sandbox.tell("advance", seconds=60)
    finish(running.stage, candidate)
    assert running.has_struck(point)


def test_an_email_handed_over_twice_is_the_same_email(
    running: Running, stage: Stage, newcomer: Callable[[], Candidate]
) -> None:
    """The process dies after the SMTP server has the email and before the row records it. The same email goes again."""
    candidate = newcomer()
    running.arm("email_after_send")
    move(stage, candidate)
    first = stage.sandbox.wait_for_letter(to=candidate.email, subject="asks you to name")
    assert stage.sandbox.wait_for_letter(to=candidate.email, subject="asks you to name", after=1) == first


def test_a_killed_worker_restarts_and_continues(
    running: Running, stage: Stage, newcomer: Callable[[], Candidate]
) -> None:
    candidate = newcomer()
    move(stage, candidate)
    first = kill(running, "worker-ats")
    assert outcome(stage, candidate).startswith("Request sent")
    second = kill(running, "worker")
    answer_all(stage, candidate)
    deliver_report(stage, candidate)
    wait_until_settled(stage, candidate)
    assert_once(stage.sandbox, candidate)
    assert first != second
    assert not started_at(first)


def kill(running: Running, name: str) -> int:
    """Kill one of the product's processes as the kernel does when memory runs out. Returns its id."""
    pid = int(running.product.folder.pid_file(name).read_text(encoding="ascii").split()[0])
    os.kill(pid, SIGKILL)
    return pid


def test_a_killed_scheduler_restarts_and_runs_again(running: Running) -> None:
    first = kill(running, "beat")
    file = running.product.folder.pid_file("beat")

    def beats_again() -> bool:
        pid = int((file.read_text(encoding="ascii").split() or ["0"])[0]) if file.exists() else first
        if pid == first or not started_at(pid):
            return False
        with requests.Session() as session:
            session.trust_env = False
            signs = session.get(f"{running.product.url}/readyz", timeout=SECONDS).json()
        return bool(signs["last_beat_seconds"] <= 5)

    wait_for(beats_again, seconds=2 * SECONDS)
    assert not started_at(first)
