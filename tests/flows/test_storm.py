from __future__ import annotations

import subprocess
import sys

import pytest

from bench.storm.plan import make_plan
from scripts.stack.stack import ROOT

STORM = [sys.executable, "-m", "bench.storm", "--count", "200", "--seconds", "20"]


@pytest.mark.flow
@pytest.mark.slow
@pytest.mark.timeout(420)
def test_a_small_storm_loses_and_doubles_nothing() -> None:
    """On servers and processes of its own. `make storm` is the whole one."""
    ran = subprocess.run(STORM, cwd=ROOT, capture_output=True, text=True, timeout=400, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "Nothing was lost and nothing was doubled." in ran.stdout


def test_a_seed_decides_everything_about_a_storm() -> None:
    plan = make_plan(count=1000, seconds=60, seed=7)
    assert plan == make_plan(count=1000, seconds=60, seed=7)
    assert plan != make_plan(count=1000, seconds=60, seed=8)
    assert (plan.moves, plan.stars, plan.duplicates, len(plan.faults)) == (1000, 100, 300, 48)


def test_the_full_storm_has_at_least_a_hundred_faults_of_every_kind_of_part() -> None:
    plan = make_plan(count=10_000, seconds=150, seed=1)
    assert len(plan.faults) >= 115
    assert {fault.kind for fault in plan.faults} >= {"web process", "web server", "worker-1", "worker-2", "postgres"}
    assert {fault.kind for fault in plan.faults} >= {"beat", "valkey", "flush"}
