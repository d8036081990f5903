"""Benchmarks report their figures as lines with goals, for people and as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench import results
from bench.__main__ import newest, summary
from bench.results import Line

SHARE = Line("deliveries, as a share of pgbench's rows", [0.8, 0.7, 0.9], least=0.5, gates=True)
LATENCY = Line("p99 of a delivery", [8, 12, 30], "ms", most=10)


def test_a_line_compares_the_median_of_its_rounds_with_its_goal() -> None:
    assert (SHARE.median, SHARE.is_missed) == (0.8, False)
    assert (LATENCY.median, LATENCY.is_missed) == (12, True)
    assert not Line("events a second", [1.0]).is_missed


def test_the_table_has_a_row_for_each_line() -> None:
    head, share, latency, rate = results.table([SHARE, LATENCY, Line("events a second", [1049, 98.76])]).splitlines()
    assert head.split() == ["median", "rounds", "goal"]
    assert share.startswith(SHARE.what)
    assert share.endswith("0.8, 0.7, 0.9  at least 0.5")
    assert latency.endswith("at most 10    missed")
    assert rate.split()[-2:] == ["1,049,", "98.8"]


def test_the_table_shows_the_medians_of_an_earlier_run() -> None:
    head, share, latency = results.table([SHARE, LATENCY], [Line(SHARE.what, [0.3], least=0.5)]).splitlines()
    assert "before" in head
    assert "0.3" in share
    assert " - " in latency


def test_a_missed_goal_that_gates_fails_the_benchmark(tmp_path: Path) -> None:
    file = tmp_path / "lines.json"
    results.finish([SHARE, LATENCY], file)
    with pytest.raises(SystemExit, match="The goals weren't met"):
        results.finish([Line(SHARE.what, [0.4], least=0.5, gates=True)], file)
    assert [line.median for line in results.read(json.loads(file.read_text()))] == [0.4]


def test_the_newest_whole_run_is_what_the_next_one_is_compared_with(tmp_path: Path) -> None:
    assert newest(tmp_path) is None
    for name, whole in (("2026-11-01", True), ("2026-11-02", True), ("2026-11-03", False)):
        (tmp_path / f"{name}.json").write_text(json.dumps({"at": name, "whole": whole}))
    assert (newest(tmp_path) or {})["at"] == "2026-11-02"


def test_the_summary_names_the_machine_its_load_and_a_benchmark_that_broke() -> None:
    whole = {"name": "intake", "load": 0.5, "calibration_ms": 30, "lines": [vars(SHARE)]}
    broken = {"name": "drain", "load": 2, "calibration_ms": 33, "lines": []}
    text = summary({"machine": "2 cores", "parts": [whole, broken]}, None)
    assert text.splitlines()[-2:] == [
        "drain ended without a result.",
        "2 cores; load 0.5 to 2; 100,000 digests take 30 to 33 ms",
    ]
