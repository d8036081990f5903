"""Child processes that never outlive their parent."""

from __future__ import annotations

import os
import random
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from signal import SIGKILL, SIGTERM, Signals
from typing import Protocol

from scripts.stack.accounts import CURRENT, Account, child_setup
from scripts.stack.folder import StateFolder

STOP_SECONDS = 10.0
START_SECONDS = 120.0  # on a busy machine
# Below the ports that systems give to outgoing connections (from 32768 on Linux, from 49152 on macOS and in RFC 6335):
# nobody takes one between the moment it is chosen and the moment a program that is starting binds it.
PORTS = range(20_000, 32_768)


class DidNotStart(Exception):
    """A server ended or didn't respond while starting. The message ends with its log."""


class Child(Protocol):
    """The part of subprocess.Popen that `Process` uses."""

    pid: int
    returncode: int | None

    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def send_signal(self, sig: int, /) -> None: ...
    def kill(self) -> None: ...


@dataclass(kw_only=True)
class Process:
    name: str
    popen: Child
    stop_signal: Signals
    log: Path
    pid_file: Path

    @property
    def running(self) -> bool:
        return self.popen.poll() is None

    def ask_to_stop(self) -> None:
        if self.running:
            self.popen.send_signal(self.stop_signal)

    def stop(self) -> None:
        """Ask the process to end, and kill it if it is still running after 10 seconds."""
        if self.running:
            self.ask_to_stop()
            try:
                self.popen.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.popen.kill()
                self.popen.wait()
        self.end_children()
        self.pid_file.unlink(missing_ok=True)

    def end_children(self) -> None:
        """Kill what remains of an ended process's session: children of a killed process keep running without it."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.popen.pid, SIGKILL)

    def last_words(self, characters: int = 1200) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")[-characters:]


def start(
    folder: StateFolder,
    name: str,
    command: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    stop_signal: Signals = SIGTERM,
    account: Account = CURRENT,
) -> Process:
    """Start a child that logs to the folder and gets ``stop_signal`` if this process dies. Main thread only."""
    end_previous(folder, name, stop_signal)
    log = folder.log(name)
    with open(log, "ab") as output:
        popen = subprocess.Popen(
            command,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            # Ctrl-C reaches only this process, which then stops its children in order.
            start_new_session=True,
            preexec_fn=child_setup(stop_signal, account),  # noqa: PLW1509  the caller has one thread, see above
            **account.identity,
        )
    pid_file = folder.pid_file(name)
    pid_file.write_text(f"{popen.pid} {started_at(popen.pid)}\n", encoding="ascii")
    return Process(name=name, popen=popen, stop_signal=stop_signal, log=log, pid_file=pid_file)


def end_previous(folder: StateFolder, name: str, stop_signal: Signals) -> None:
    """Wait for a process of a killed run, which got the signal to end when its parent died."""
    pid_file = folder.pid_file(name)
    if not pid_file.exists():
        return
    pid_text, _, start_time = pid_file.read_text(encoding="ascii").strip().partition(" ")
    pid = int(pid_text or 0)
    for signal in (stop_signal, SIGKILL):
        # Without a start time (no /proc), the id may belong to another process by now.
        if not start_time or started_at(pid) != start_time:
            break
        with suppress(ProcessLookupError):
            os.kill(pid, signal)
        deadline = time.monotonic() + STOP_SECONDS
        while started_at(pid) == start_time and time.monotonic() < deadline:
            time.sleep(0.02)
    pid_file.unlink(missing_ok=True)


def started_at(pid: int) -> str:
    """When the kernel started the process, in `clock ticks` since boot (proc_pid_stat(5)); empty if unknown."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    state, *fields = stat.rpartition(")")[2].split()
    return "" if state in "ZX" else fields[18]


def children(pid: int) -> list[int]:
    """The processes that this one forked (proc_pid_task(5)); none if /proc doesn't say."""
    found: list[int] = []
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += [int(child) for child in (task / "children").read_text(encoding="ascii").split()]
    return sorted(found)


def free_port(preferred: int = 0) -> int:
    """The preferred TCP port on loopback if nothing listens there, else any free one of ``PORTS``."""
    # Not the shared generator: tests seed it, and two test processes would try the same ports at the same time.
    for port in filter(None, (preferred, *random.SystemRandom().sample(PORTS, 100))):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise DidNotStart("No TCP port is free on 127.0.0.1.")


def wait_for_port(process: Process, port: int, *, seconds: float = START_SECONDS) -> None:
    for _ in attempts(process, seconds=seconds):
        try:
            socket.create_connection(("127.0.0.1", port), 0.5).close()
        except OSError:
            continue
        return


def attempts(process: Process, *, seconds: float = START_SECONDS) -> Iterator[None]:
    """Yield while the process runs and time remains. After that, raise ``DidNotStart``."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not process.running:
            code = process.popen.returncode
            raise DidNotStart(f"{process.name} ended with {code} while it started:\n{process.last_words()}")
        yield
        time.sleep(0.02)
    raise DidNotStart(f"{process.name} was not ready after {seconds:.0f} s:\n{process.last_words()}")
