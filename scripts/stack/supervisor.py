"""Keeps processes running: a process that ends for any reason is started again after a second.

python -m scripts.stack.supervisor FOLDER '{"web": ["gunicorn", ...], "worker": [...]}'

The first time that one of the product's own processes ends, the supervisor imports the product, and from then on starts
them by forking itself (see ``warm``).

It is its own process because children are tied to the life of the thread that started them (see ``accounts``), and the
process that wants them kept running has other things to do.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from signal import SIGINT, SIGTERM, signal

from scripts.stack import warm
from scripts.stack.folder import StateFolder
from scripts.stack.processes import Process, start

RESTART_SECONDS = 1.0
LOOK_SECONDS = 0.1


def main(arguments: Sequence[str]) -> int:
    if len(arguments) != 2:
        raise SystemExit(__doc__)
    for number in (SIGTERM, SIGINT):
        signal(number, lambda *_: sys.exit(0))
    commands: dict[str, list[str]] = json.loads(arguments[1])
    keep_running(StateFolder(Path(arguments[0])), commands)
    return 0


def keep_running(folder: StateFolder, commands: Mapping[str, Sequence[str]]) -> None:
    """Start all processes and watch them until this process gets a signal to stop, then stop them."""
    running: dict[str, Process] = {}
    ended: dict[str, float] = {}
    try:
        for name, command in commands.items():
            running[name] = start(folder, name, command, env=os.environ)
        while True:
            time.sleep(LOOK_SECONDS)
            for name, process in running.items():
                if process.running:
                    continue
                if name not in ended:
                    print(f"{name} ended with {process.popen.returncode} and is started again", flush=True)
                    process.end_children()
                    ended[name] = time.monotonic()
                    if warm.can_start(commands[name]):
                        warm.load_product()
                elif time.monotonic() - ended[name] > RESTART_SECONDS:
                    del ended[name]
                    running[name] = _start_again(folder, name, commands[name])
    finally:
        for process in running.values():
            process.ask_to_stop()
        for process in running.values():
            process.stop()


def _start_again(folder: StateFolder, name: str, command: Sequence[str]) -> Process:
    if warm.can_start(command):
        return warm.start(folder, name, command)
    return start(folder, name, command, env=os.environ)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
