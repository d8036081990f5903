"""Start a Python program by forking this process, which has imported the product before.

A worker that is started from scratch imports 700 modules, which takes a second of CPU time or more. A fork
already has them. Only for a process with one thread and no open connections, like the supervisor.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import os
import runpy
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from signal import SIG_DFL, SIG_IGN, SIGKILL, SIGSTOP, SIGTERM, getsignal, signal, valid_signals
from typing import NoReturn

from scripts.stack.accounts import LINUX, child_setup
from scripts.stack.folder import StateFolder
from scripts.stack.processes import Process, end_previous, started_at

# The programs that consist of the product, as in `python -m celery`.
PROGRAMS = ("celery", "gunicorn")
PR_SET_NAME = 15


@cache
def load_product() -> None:
    """Import everything that the product's processes import, once. Opens no connection and starts no thread.

    No garbage collection goes through it, neither while it is imported, a fifth of the time, nor in a fork, which would
    copy all of its memory.
    """
    gc.disable()
    celery = importlib.import_module("crosschq.celery")
    importlib.import_module("django").setup()
    celery.app.loader.import_default_modules()
    for name in ("celery.bin.worker", "celery.bin.beat", "celery.concurrency.thread", "kombu.transport.redis"):
        importlib.import_module(name)
    importlib.import_module("crosschq.urls")
    gc.freeze()
    gc.enable()


def can_start(command: Sequence[str]) -> bool:
    return LINUX and list(command[:2]) == [sys.executable, "-m"] and command[2] in PROGRAMS


class Fork:
    """A forked child, with the part of ``subprocess.Popen`` that ``Process`` uses."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None:
            with suppress(ChildProcessError):
                ended, status = os.waitpid(self.pid, os.WNOHANG)
                if ended:
                    self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        deadline = time.monotonic() + (timeout if timeout is not None else float("inf"))
        while (code := self.poll()) is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
            time.sleep(0.02)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(SIGKILL)


def start(folder: StateFolder, name: str, command: Sequence[str]) -> Process:
    """Start the program like ``processes.start``, with this process's environment."""
    end_previous(folder, name, SIGTERM)
    log, setup = folder.log(name), child_setup(SIGTERM)
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        _become(name, command, log, setup)
    pid_file = folder.pid_file(name)
    pid_file.write_text(f"{pid} {started_at(pid)}\n", encoding="ascii")
    return Process(name=name, popen=Fork(pid), stop_signal=SIGTERM, log=log, pid_file=pid_file)


def _become(name: str, command: Sequence[str], log: Path, setup: Callable[[], None]) -> NoReturn:
    """Run the program in this child until it ends."""
    code = 1
    try:
        for number in valid_signals() - {SIGKILL, SIGSTOP}:
            with suppress(OSError):  # of the C library itself
                if getsignal(number) not in (SIG_DFL, SIG_IGN):
                    signal(number, SIG_DFL)
        os.setsid()
        setup()
        output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(output, 1)
        os.dup2(output, 2)
        # What ps shows, instead of the supervisor's name.
        ctypes.CDLL(None).prctl(PR_SET_NAME, name.encode()[:15], 0, 0, 0)
        sys.argv = list(command[2:])
        runpy.run_module(command[2], run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        # Not sys.exit: this child must not continue what the supervisor was doing.
        os._exit(code)
