"""CPU time by kind of process, over a run in which processes are killed and started again."""

from __future__ import annotations

import itertools
import os
import threading
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

SAMPLE_SECONDS = 0.2
FIND_EVERY = 5  # samples
TICKS = os.sysconf("SC_CLK_TCK")
# Chosen by the first of these words in the process's name or command line. A forked process changes only its name.
KINDS = {
    "(web)": "web",
    "(worker": "workers",
    "(beat)": "scheduler",
    "balancer": "load balancer",
    "pgbouncer": "PgBouncer",
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
        self._pids: set[int] = set()
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
        return [f"{f'CPU time, {kind}':32} {seconds:.0f} s" for kind, seconds in rows]

    def _watch(self) -> None:
        for number in itertools.count():
            if self._ended.wait(SAMPLE_SECONDS):
                return
            # Reading all processes of the machine would itself be a load.
            self._sample(find=number % FIND_EVERY == 0)

    def _sample(self, *, find: bool = True) -> None:
        if find:
            self._pids = _below_this_process()
        for pid in self._pids:
            if stat := _stat(pid):
                process = pid, stat[19]
                self._used[process] = (int(stat[11]) + int(stat[12])) / TICKS
                # A child has its parent's name at first.
                if self._kind.get(process, "supervisor") == "supervisor":
                    self._kind[process] = "this program" if pid == os.getpid() else self._name(pid)

    def _name(self, pid: int) -> str:
        try:
            name = Path(f"/proc/{pid}/comm").read_text(errors="replace").strip()
            line = Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
            command = f"({name}) " + line.replace("\0", " ")
        except OSError:
            command = ""
        return next((kind for part, kind in self._kinds.items() if part in command), "supervisor")


def _below_this_process() -> set[int]:
    """This process, and all of its descendants."""
    pids = [int(entry.name) for entry in os.scandir("/proc") if entry.name.isdigit()]
    parents = {pid: int(stat[1]) for pid in pids if (stat := _stat(pid))}
    found = {os.getpid()}
    for _generation in range(8):
        found |= {pid for pid, parent in parents.items() if parent in found}
    return found


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the name (proc_pid_stat(5)); empty if the process ended."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].decode().split()
    except OSError:
        return []
