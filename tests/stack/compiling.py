"""In a new clone, each process of a run compiles a part of the modules for all, instead of all for itself."""

from __future__ import annotations

import os
import py_compile
import sys
from contextlib import suppress
from importlib.util import cache_from_source
from pathlib import Path

import pytest
from _pytest.assertion import rewrite

from scripts.stack.stack import ROOT
from tests.sources import PRODUCT

PREFIX = "gw"  # xdist's name of each process starts with it and ends with a number


def compile_part(config: pytest.Config) -> None:
    """Compile what no other process has compiled yet. For a process that xdist started."""
    number = os.environ["PYTEST_XDIST_WORKER"].removeprefix(PREFIX)
    count = int(os.environ["PYTEST_XDIST_WORKER_COUNT"])
    if sys.dont_write_bytecode or not number.isdecimal():
        return
    modules = [path for folder in (*PRODUCT, "sandbox", "scripts", "tests") for path in (ROOT / folder).rglob("*.py")]
    for path in sorted(modules)[int(number) :: count]:
        # An error shows where the module is imported.
        with suppress(SyntaxError, OSError):
            if path.name.startswith("test_") or path.name == "conftest.py":
                rewrite_asserts(path, config)
            elif not Path(cache_from_source(path)).exists():
                py_compile.compile(str(path), quiet=2)


def rewrite_asserts(path: Path, config: pytest.Config) -> None:
    """Rewrite the asserts as pytest does when it imports a test, which is most of the work."""
    compiled = rewrite.get_cache_dir(path) / (path.stem + rewrite.PYC_TAIL)
    if not compiled.exists():
        source, code = rewrite._rewrite_test(path, config)
        compiled.parent.mkdir(exist_ok=True)
        rewrite._write_pyc(config.stash[rewrite.assertstate_key], code, source, compiled)
