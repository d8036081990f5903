"""The supervisor restarts its processes however they end, and they end with it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from signal import SIGKILL

import pytest

from scripts.stack.folder import StateFolder
from scripts.stack.processes import Process, start, started_at
from tests.patience import wait_for

# A process with a child that would outlive it, as the scheduler of a killed worker does.
PARENT = "import subprocess, sys, time; print(subprocess.Popen(['sleep', '600']).pid, flush=True); time.sleep(600)"


def start_supervisor(folder: StateFolder, commands: dict[str, list[str]]) -> Process:
    command = [sys.executable, "-m", "scripts.stack.supervisor", str(folder.path), json.dumps(commands)]
    return start(folder, "supervisor", command, env=os.environ)


@pytest.fixture
def folder(tmp_path: Path) -> StateFolder:
    return StateFolder(tmp_path)


@pytest.fixture
def supervisor(folder: StateFolder) -> Iterator[Process]:
    process = start_supervisor(folder, {"parent": [sys.executable, "-c", PARENT]})
    yield process
    process.stop()


def pid_of(folder: StateFolder, name: str, *, other_than: int = 0) -> int:
    def pid() -> int:
        path = folder.pid_file(name)
        found = int((path.read_text(encoding="ascii").split() or ["0"])[0]) if path.exists() else 0
        return 0 if found == other_than else found

    return wait_for(pid)


def children(folder: StateFolder, *, count: int) -> list[int]:
    """The pids that the parents have printed, once there are this many."""

    def pids() -> list[int]:
        log = folder.log("parent")
        printed = [int(line) for line in log.read_text(encoding="ascii").split()] if log.exists() else []
        return printed if len(printed) == count else []

    return wait_for(pids)


@pytest.mark.slow
def test_a_killed_process_is_started_again_without_what_it_left(folder: StateFolder, supervisor: Process) -> None:
    first = pid_of(folder, "parent")
    (orphan,) = children(folder, count=1)
    os.kill(first, SIGKILL)
    second = pid_of(folder, "parent", other_than=first)
    assert started_at(second)
    assert not started_at(orphan)
    assert "parent ended with -9" in folder.log("supervisor").read_text(encoding="utf-8")


@pytest.mark.slow
def test_nothing_is_left_when_the_supervisor_is_stopped(folder: StateFolder, supervisor: Process) -> None:
    running = [pid_of(folder, "parent"), *children(folder, count=1)]
    supervisor.stop()
    assert not any(started_at(pid) for pid in running)
    assert not folder.pid_file("parent").exists()


@pytest.mark.slow
def test_processes_end_with_a_killed_supervisor(folder: StateFolder) -> None:
    supervisor = start_supervisor(folder, {"sleeper": ["sleep", "600"]})
    running = pid_of(folder, "sleeper")
    os.kill(supervisor.popen.pid, SIGKILL)
    supervisor.popen.wait()
    wait_for(lambda: not started_at(running))


@pytest.mark.slow
def test_the_products_own_processes_are_started_again_by_forking(folder: StateFolder) -> None:
    supervisor = start_supervisor(folder, {"worker": [sys.executable, "-m", "celery", "--version"]})
    try:
        log = folder.log("worker")
        wait_for(lambda: log.exists() and len(log.read_text().splitlines()) >= 3)
        first, *others = log.read_text(encoding="utf-8").splitlines()
        assert set(others) == {first}
        assert "worker ended with 0" in folder.log("supervisor").read_text(encoding="utf-8")
    finally:
        supervisor.stop()
    assert not folder.pid_file("worker").exists()


@pytest.mark.slow
def test_a_process_of_a_product_that_cannot_be_imported_says_why(
    folder: StateFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SECRET_KEY")
    supervisor = start_supervisor(folder, {"worker": [sys.executable, "-m", "celery", "-A", "crosschq", "worker"]})
    try:
        log = folder.log("worker")
        wait_for(lambda: log.exists() and "SECRET_KEY" in log.read_text(encoding="utf-8"))
        assert supervisor.running
    finally:
        supervisor.stop()
