from __future__ import annotations

import subprocess
import sys

from scripts.lint import CHECKS
from scripts.stack.stack import ROOT


def test_imports_go_down_the_layers() -> None:
    """The contracts are in pyproject.toml."""
    done = subprocess.run([sys.executable, *CHECKS["layers"]], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
