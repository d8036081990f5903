"""Fault points are named in one list, do nothing without a folder, and kill one process each."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_django import Settings

from crosschq.core.outbox.fault_points import KILLED, POINTS, fault
from scripts.stack.stack import ROOT
from tests.sources import PRODUCT, calls, sources

DIES = """
import sys
from django.conf import settings
settings.configure(FAULT_DIR=sys.argv[1])
from crosschq.core.outbox.fault_points import fault
try:
    fault("after_claim")
finally:
    print("survived")
"""


def points_in_the_code() -> list[str]:
    found = []
    for path in sources(*PRODUCT):
        for written, call in calls(path):
            if written == "fault":
                assert isinstance(call.args[0], ast.Constant), path
                found.append(str(call.args[0].value))
    return found


def test_the_list_and_the_code_contain_the_same_fault_points() -> None:
    # One may be in several places: each of them is a moment of the same kind.
    assert sorted(set(points_in_the_code())) == sorted(POINTS)


@pytest.mark.parametrize("folder", ["", "missing"])
def test_without_a_folder_a_point_does_nothing(settings: Settings, tmp_path: Path, folder: str) -> None:
    settings.FAULT_DIR = str(tmp_path / folder) if folder else ""
    for point in POINTS:
        fault(point)


def test_an_armed_point_kills_the_process_once_without_cleanup(tmp_path: Path) -> None:
    armed = tmp_path / "after_claim"
    armed.write_text("kill", encoding="ascii")

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", DIES, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False
        )

    first = run()
    assert (first.returncode, first.stdout) == (KILLED, "")
    assert not armed.exists()
    second = run()
    assert (second.returncode, second.stdout) == (0, "survived\n")
