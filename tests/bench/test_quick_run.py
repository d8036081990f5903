"""`make bench` runs its benchmarks to the end and writes down what it found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.bench.alone import run

NAMES = ["intake", "drain", "rate", "pages"]


@pytest.mark.flow
@pytest.mark.slow
@pytest.mark.timeout(1600)
def test_a_quick_run_writes_a_dated_file(tmp_path: Path) -> None:
    in_stack, found = ["scripts.stack.shell", "--folder", str(tmp_path / "state")], tmp_path / "results"
    run(*in_stack, "--owner", "python", "manage.py", "migrate", "--verbosity", "0", home=tmp_path)
    printed = run(*in_stack, "python", "-m", "bench", "--quick", "--folder", str(found), home=tmp_path)
    (file,) = found.glob("*.json")
    report = json.loads(file.read_text(encoding="utf-8"))
    assert [part["name"] for part in report["parts"] if part["lines"]] == NAMES, printed
    assert str(file) in printed
