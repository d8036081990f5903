"""Whether make, which started this process, is about to end.

make passes SIGTERM on to its children. If only make gets a SIGINT, it waits for its children to end without signaling
them, because it assumes that the terminal signaled the whole process group. The visible sign is that it no longer
catches SIGINT (proc_pid_status(5)), so that a second one ends it immediately.
"""

from __future__ import annotations

import os
from pathlib import Path
from signal import SIGINT

MAKES = ("make", "gmake")


class Starter:
    """The process that started this one. Anything other than make never counts as ending."""

    def __init__(self) -> None:
        self._pid = os.getppid()
        self._is_make = _read(self._pid, "comm").strip() in MAKES
        self._caught = _catches_sigint(self._pid)

    def is_ending(self) -> bool:
        if not self._is_make:
            return False
        return os.getppid() != self._pid or (self._caught and not _catches_sigint(self._pid))


def _catches_sigint(pid: int) -> bool:
    for line in _read(pid, "status").splitlines():
        name, _, mask = line.partition(":")
        if name == "SigCgt":
            return bool(int(mask, 16) >> (SIGINT - 1) & 1)
    return False


def _read(pid: int, name: str) -> str:
    try:
        return Path(f"/proc/{pid}/{name}").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
