"""Run a command against the servers of a state folder: those of a running demo, or new ones for this command.

python -m scripts.stack.shell python manage.py shell
python -m scripts.stack.shell --owner python manage.py makemigrations
eval "$(python -m scripts.stack.shell)"        # the settings of the running demo, as export lines
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from scripts.stack import databases
from scripts.stack.folder import FolderInUse, StateFolder, write_private
from scripts.stack.processes import DidNotStart
from scripts.stack.stack import DEMO_FOLDER, Stack

DATABASE = "crosschq"


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m scripts.stack.shell", description=__doc__.partition("\n")[0])
    parser.add_argument("--folder", type=Path, default=DEMO_FOLDER, help="state folder (default: the demo's)")
    parser.add_argument("--owner", action="store_true", help="as the role that owns the tables, to migrate")
    parser.add_argument("command", nargs=argparse.REMAINDER, help="without one: print export lines")
    chosen = parser.parse_args(arguments)
    folder = StateFolder(chosen.folder)
    if folder.in_use():
        return run(chosen.command, published_environment(folder), as_owner=chosen.owner)
    if not chosen.command:
        raise SystemExit(f"No stack is running in {folder.path}. Start one with `make run`, or give a command to run.")
    try:
        with Stack(chosen.folder) as stack:
            if not databases.database_exists(stack.owner_url("postgres"), DATABASE):
                stack.create_first_database(DATABASE)
            return run(chosen.command, stack.environment(DATABASE), as_owner=chosen.owner)
    except (FolderInUse, DidNotStart) as problem:
        raise SystemExit(str(problem)) from None


def run(command: Sequence[str], environment: Mapping[str, str], *, as_owner: bool) -> int:
    settings = dict(environment)
    if as_owner:
        settings["DATABASE_URL"] = settings["OWNER_DATABASE_URL"]
    if not command:
        for name, value in sorted(settings.items()):
            print(f"export {name}={shlex.quote(value)}")
        return 0
    # As people type them: `python` and the tools of the environment that runs this module.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    return subprocess.run(command, env={**os.environ, **settings, "PATH": path}, check=False).returncode


def publish_environment(folder: StateFolder, environment: Mapping[str, str]) -> None:
    """Write the settings of a running stack to its folder, where only its user can read them."""
    write_private(folder.path / "environment.json", json.dumps(dict(environment), indent=1))


def published_environment(folder: StateFolder) -> dict[str, str]:
    path = folder.path / "environment.json"
    if not path.exists():
        raise SystemExit(f"The stack in {folder.path} is still starting. Try again in a moment.")
    found: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
