"""The files that one process of a run compiles are the ones that the others read."""

from __future__ import annotations

from pathlib import Path

import pytest
from _pytest.assertion import rewrite

from tests.stack.compiling import rewrite_asserts


def test_pytest_reads_what_another_process_compiled(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    test = tmp_path / "test_one.py"
    test.write_text("def test_one():\n    assert 1 == 2\n", encoding="utf-8")
    rewrite_asserts(test, pytestconfig)
    compiled = rewrite.get_cache_dir(test) / f"test_one{rewrite.PYC_TAIL}"
    assert rewrite._read_pyc(test, compiled) is not None
    test.write_text("def test_one():\n    assert 1 == 1\n", encoding="utf-8")
    assert rewrite._read_pyc(test, compiled) is None
