"""One line per step: what is happening during it, and its result afterwards."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable
from typing import TextIO


class Progress:
    """In a terminal, each step overwrites its line; other outputs get only the results."""

    def __init__(self, steps: int, *, out: TextIO = sys.stdout) -> None:
        self.steps = steps
        self._out = out
        self._done = 0

    def run(self, doing: str, act: Callable[[], str]) -> None:
        """Do one step and print the sentence that it returns. Exceptions propagate after the line is cleared."""
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
        """The current step, as `[3/5]`."""
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
