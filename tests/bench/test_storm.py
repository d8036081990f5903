"""Storms and the restore drill, which kill and restart their own servers."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.storm.plan import make_plan
from scripts.stack.pooler import ABSENT, PROGRAM
from tests.bench.alone import run


@pytest.mark.flow
@pytest.mark.slow
@pytest.mark.timeout(1600)
def test_a_small_storm_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """`make storm` runs the full storm."""
    printed = run("bench.storm", "--count", "200", "--seconds", "20", home=tmp_path)
    assert "Nothing was lost and nothing was doubled." in printed


@pytest.mark.flow
@pytest.mark.slow
@pytest.mark.timeout(1600)
@pytest.mark.skipif(PROGRAM is None, reason=ABSENT)
def test_a_small_storm_over_two_hosts_behind_a_pooler_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """They share PostgreSQL and Valkey, and no file. The pooler is killed too."""
    printed = run("bench.storm", "--count", "200", "--seconds", "20", "--hosts", "2", "--pooler", home=tmp_path)
    assert "Nothing was lost and nothing was doubled." in printed


@pytest.mark.flow
@pytest.mark.slow
@pytest.mark.timeout(1600)
def test_after_a_restore_nothing_goes_out_twice(tmp_path: Path) -> None:
    assert "went out again: nothing" in run("bench.restore_drill", home=tmp_path)


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
