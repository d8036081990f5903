"""Create the project's virtual environment from a hash-pinned lock, or do nothing if it exists.

    python3 -m scripts.bootstrap requirements/demo.txt

Uses the standard library only, because it runs before anything is installed. pip checks each
file against the lock (``--require-hashes``, https://pip.pypa.io/en/stable/topics/secure-installs/). With ``UV=1`` in
the environment, uv does the same work faster, from its own virtual environment.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
TOOLS = ROOT / ".tools"
STAMP = VENV / "installed-locks"
OLDEST_PYTHON = (3, 11)


def python_of(venv: Path) -> Path:
    return venv / "bin" / "python"


def digest(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def pins(lock: Path) -> set[str]:
    """The ``name==version`` lines of a lock, with their markers."""
    lines = lock.read_text(encoding="utf-8").splitlines()
    return {line.removesuffix("\\").strip() for line in lines if "==" in line and line[0].isalnum()}


def covered_by(lock: Path) -> list[Path]:
    """The locks in the same folder that installing ``lock`` satisfies, including itself."""
    return [other for other in sorted(lock.parent.glob("*.txt")) if pins(other) <= pins(lock)]


def is_installed(lock: Path) -> bool:
    if not STAMP.is_file() or not works(VENV):
        return False
    return digest(lock) in STAMP.read_text(encoding="utf-8").split()


def works(venv: Path) -> bool:
    """Whether the environment's interpreter starts and has the version that runs this script."""
    expected = f"{sys.version_info.major}.{sys.version_info.minor}"
    command = [str(python_of(venv)), "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    try:
        found = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return False
    return found.returncode == 0 and found.stdout.strip() == expected


def make_venv(venv: Path) -> None:
    """Create the environment, replacing one that no longer works (its interpreter was upgraded or removed)."""
    if works(venv):
        return
    shutil.rmtree(venv, ignore_errors=True)
    made = subprocess.run([sys.executable, "-m", "venv", str(venv)], capture_output=True, text=True, check=False)
    if made.returncode == 0:
        return
    shutil.rmtree(venv, ignore_errors=True)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    raise SystemExit(
        f"This Python has no working venv module, so {venv} wasn't created.\n"
        f"On Debian and Ubuntu: apt-get install python3-venv (or python{version}-venv)\n"
        f"On Fedora: dnf install python3. On Alpine: apk add python3 py3-pip.\n"
        f"Then run the same command again. Python's output:\n{(made.stdout + made.stderr).strip()}"
    )


def install_command(lock: Path) -> list[str]:
    if os.environ.get("UV") == "1":
        uv = uv_program()
        return [
            str(uv),
            "pip",
            "install",
            "--quiet",
            "--python",
            str(python_of(VENV)),
            "--require-hashes",
            "-r",
            str(lock),
        ]
    options = ["--require-hashes", "--no-deps", "-qq", "--disable-pip-version-check", "--no-input"]
    return [str(python_of(VENV)), "-m", "pip", "install", *options, "-r", str(lock)]


def uv_program() -> Path:
    """uv, installed in its own environment: ``uv pip sync`` would remove it from the project's."""
    home = TOOLS / "uv"
    program = home / "bin" / "uv"
    if not program.is_file():
        make_venv(home)
        pip = [str(python_of(home)), "-m", "pip", "install", "-qq", "--disable-pip-version-check", "uv"]
        if subprocess.run(pip, check=False).returncode != 0:
            raise SystemExit("uv couldn't be installed. Leave UV unset to install with pip.")
    return program


def install(lock: Path) -> None:
    make_venv(VENV)
    # Removed before the first change, so that an interrupted install never counts as complete.
    STAMP.unlink(missing_ok=True)
    began = time.monotonic()
    name = lock.relative_to(ROOT)
    print(f"Installing {len(pins(lock))} packages from {name} into .venv (once) ...", flush=True)
    if subprocess.run(install_command(lock), check=False).returncode != 0:
        raise SystemExit(f"Installing {name} failed; the reason is above. Run the same command to try again.")
    STAMP.write_text("".join(f"{digest(other)}\n" for other in covered_by(lock)), encoding="utf-8")
    print(f"Installed in {time.monotonic() - began:.0f} s.", flush=True)


def main(arguments: Sequence[str]) -> int:
    if sys.version_info < OLDEST_PYTHON:
        raise SystemExit(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}. Set PYTHON=python3.11.")
    if len(arguments) != 1 or not Path(arguments[0]).is_file():
        raise SystemExit("usage: python3 -m scripts.bootstrap requirements/{prod,demo,dev}.txt")
    lock = Path(arguments[0]).resolve()
    if is_installed(lock):
        return 0
    with open(ROOT / ".bootstrap.lock", "w", encoding="utf-8") as handle:
        # Two commands that start at the same time would overwrite each other.
        fcntl.flock(handle, fcntl.LOCK_EX)
        if not is_installed(lock):
            install(lock)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
