"""One line for each step: what is being done while it lasts, what came of it afterwards."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable
from typing import TextIO


class Progress:
    """On a terminal the line is written over; elsewhere only the outcome is printed."""

    def __init__(self, steps: int, *, out: TextIO = sys.stdout) -> None:
        self.steps = steps
        self._out = out
        self._done = 0

    def run(self, doing: str, act: Callable[[], str]) -> None:
        """Do one step. Its outcome is the act's sentence; what the act raises passes on, after the line is ended."""
        mark = self.mark
        self._show(f"{mark} {doing} …")
        began = time.monotonic()
        try:
            outcome = act()
        except BaseException:
            self._print("", end="")
            raise
        self._done += 1
        self._print(f"{mark} {outcome}  ({time.monotonic() - began:.1f} s)")

    @property
    def mark(self) -> str:
        """`[3/5]`: the step that is being done."""
        return f"[{self._done + 1}/{self.steps}]"

    def _show(self, line: str) -> None:
        if self._out.isatty():
            width = shutil.get_terminal_size().columns - 1
            self._out.write(f"\r\033[K{line[:width]}")
            self._out.flush()

    def _print(self, line: str, *, end: str = "\n") -> None:
        start = "\r\033[K" if self._out.isatty() else ""
        self._out.write(f"{start}{line}{end}")
        self._out.flush()
