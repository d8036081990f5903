"""Commands that start their own servers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from scripts.stack.stack import ROOT


def run(module: str, *arguments: str, home: Path) -> str:
    """The output of the command, which runs without the settings of this test run's servers."""
    ended = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=1500,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout
