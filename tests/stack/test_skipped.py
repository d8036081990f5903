"""The end of a run says why tests were skipped, each reason once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from scripts.stack.stack import ROOT
from tests.contract import oracle
from tests.skipped import reasons


def report(reason: str, *, longrepr: object = None) -> pytest.TestReport:
    return pytest.TestReport(
        "a test",
        ("file", 1, "a test"),
        {},
        "skipped",
        longrepr or ("file", 1, f"Skipped: {reason}"),  # type: ignore[arg-type]
        "setup",
    )


def test_each_reason_appears_once_with_its_count() -> None:
    skipped = [report("no documents"), report("no token"), report("no documents")]
    assert reasons(skipped) == ["2 tests were skipped: no documents", "1 test was skipped: no token"]
    assert reasons([]) == []


@pytest.mark.slow
def test_without_the_vendors_documents_the_contract_tests_say_so(tmp_path: Path) -> None:
    code = (
        "import pathlib, sys, pytest\n"
        "from tests.contract import oracle\n"
        f"oracle.SPEC = pathlib.Path({str(tmp_path)!r})\n"
        "sys.exit(pytest.main(['-n', '0', '-q', 'tests/contract/test_judge.py']))"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    (line,) = [line for line in run.stdout.splitlines() if "skipped:" in line]
    assert line.endswith(f"tests were skipped: {oracle.ABSENT}")
