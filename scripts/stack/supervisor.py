"""Keeps processes running: a process that ends for any reason is started again after a second.

python -m scripts.stack.supervisor FOLDER '{"web": ["gunicorn", ...], "worker": [...]}'

The supervisor imports the product once, and starts the product's own processes by forking itself (see ``warm``).

It is its own process because children are tied to the life of the thread that started them (see ``accounts``), and the
process that wants them kept running has other things to do.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
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
        # The product's own come last: others start while it is imported.
        for name in sorted(commands, key=lambda each: warm.can_start(commands[each])):
            running[name] = _started(folder, name, commands[name])
        while True:
            time.sleep(LOOK_SECONDS)
            for name, process in running.items():
                if process.running:
                    continue
                if name not in ended:
                    print(f"{name} ended with {process.popen.returncode} and is started again", flush=True)
                    process.end_children()
                    ended[name] = time.monotonic()
                elif time.monotonic() - ended[name] > RESTART_SECONDS:
                    del ended[name]
                    running[name] = _started(folder, name, commands[name])
    finally:
        for process in running.values():
            process.ask_to_stop()
        for process in running.values():
            process.stop()


def _started(folder: StateFolder, name: str, command: Sequence[str]) -> Process:
    if warm.can_start(command) and _is_loaded():
        return warm.start(folder, name, command)
    return start(folder, name, command, env=os.environ)


def _is_loaded() -> bool:
    """Whether the product could be imported. Otherwise its processes say in their own logs why they can't import it."""
    with suppress(Exception):
        warm.load_product()
        return True
    return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
