"""`make bench` runs its benchmarks to the end and writes down what it found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.bench.alone import run

# Of the suite, those that take seconds.
SHORT, LONG = ["intake", "drain"], ["rate", "pages"]


@pytest.mark.flow
@pytest.mark.timeout(1600)
@pytest.mark.parametrize("names", [SHORT, pytest.param(LONG, marks=pytest.mark.slow)])
def test_a_quick_run_writes_a_dated_file(tmp_path: Path, names: list[str]) -> None:
    in_stack, found = ["scripts.stack.shell", "--folder", str(tmp_path / "state")], tmp_path / "results"
    run(*in_stack, "--owner", "python", "manage.py", "migrate", "--verbosity", "0", home=tmp_path)
    quick = ["python", "-m", "bench", "--quick", "--folder", str(found), "--only", *names]
    printed = run(*in_stack, *quick, home=tmp_path)
    (file,) = found.glob("*.json")
    report = json.loads(file.read_text(encoding="utf-8"))
    assert [part["name"] for part in report["parts"] if part["lines"]] == names, printed
    assert str(file) in printed
