"""Processor time by kind of process, over a run in which processes are killed and started again."""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

SAMPLE_SECONDS = 0.2
TICKS = os.sysconf("SC_CLK_TCK")
# By the first of these that its name or its command line contains. A forked process has only a name of its own.
KINDS = {
    "(web)": "web",
    "(worker": "workers",
    "(beat)": "scheduler",
    "gunicorn": "web",
    " worker ": "workers",
    " beat ": "scheduler",
    "sandbox": "sandbox",
    "supervisor": "supervisor",
    "postgres": "PostgreSQL",
    "valkey-server": "Valkey",
}


class ProcessorTimes:
    """A context manager that watches this process and all below it. `seconds`: by kind.

    A process that is killed loses what it used since the last sample, at most SAMPLE_SECONDS.
    """

    def __init__(self, kinds: Mapping[str, str] = KINDS) -> None:
        self._kinds = kinds
        self._used: dict[tuple[int, str], float] = {}
        self._before: dict[tuple[int, str], float] = {}
        self._kind: dict[tuple[int, str], str] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._sample()
        self._before = dict(self._used)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._ended.set()
        self._thread.join()
        self._sample()

    @property
    def seconds(self) -> dict[str, float]:
        total: Counter[str] = Counter()
        for process, used in list(self._used.items()):
            total[self._kind[process]] += used - self._before.get(process, 0.0)  # type: ignore[assignment]
        return dict(total.most_common())

    def lines(self) -> list[str]:
        """A line for each kind, and one for the sum."""
        found = self.seconds
        rows = [*found.items(), ("all processes", sum(found.values()))]
        return [f"{f'processor time, {kind}':32} {seconds:.0f} s" for kind, seconds in rows]

    def _watch(self) -> None:
        while not self._ended.wait(SAMPLE_SECONDS):
            self._sample()

    def _sample(self) -> None:
        parents, now = {}, {}
        for entry in os.scandir("/proc"):
            if entry.name.isdigit() and (stat := _stat(entry.name)):
                parents[int(entry.name)] = int(stat[1])
                now[int(entry.name)] = (stat[19], (int(stat[11]) + int(stat[12])) / TICKS)
        mine = {os.getpid()}
        for _ in range(8):  # generations below this process
            mine |= {pid for pid, parent in parents.items() if parent in mine}
        for pid in mine & now.keys():
            process = pid, now[pid][0]
            self._used[process] = now[pid][1]
            if self._kind.get(process, "supervisor") == "supervisor":  # a child has its parent's name at first
                self._kind[process] = "this program" if pid == os.getpid() else self._name(pid)

    def _name(self, pid: int) -> str:
        try:
            name = Path(f"/proc/{pid}/comm").read_text(errors="replace").strip()
            line = Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
            command = f"({name}) " + line.replace("\0", " ")
        except OSError:
            command = ""
        return next((kind for part, kind in self._kinds.items() if part in command), "supervisor")


def _stat(pid: str) -> list[str]:
    """The fields of /proc/PID/stat after the name (proc_pid_stat(5)); empty if the process ended."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].decode().split()
    except OSError:
        return []
