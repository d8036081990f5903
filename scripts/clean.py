"""Remove everything that the Makefile's commands created, except folders in which a stack is running.

python3 -m scripts.clean
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from scripts.stack.folder import StateFolder

ROOT = Path(__file__).resolve().parent.parent
STATES = (".state", ".state-test", ".state-bench")
MADE = (
    *STATES,
    ".venv",
    ".tools",
    ".bootstrap.lock",
    ".pytest_cache",
    ".hypothesis",
    ".mypy_cache",
    ".ruff_cache",
    ".import_linter_cache",
)


def main() -> int:
    folders = [StateFolder(lock.parent) for state in STATES for lock in (ROOT / state).rglob("lock")]
    for folder in folders:
        if folder.in_use():
            raise SystemExit(f"A stack is running in {folder.path}. Stop it first. Nothing was removed.")
    for folder in folders:
        shutil.rmtree(folder.outside, ignore_errors=True)
    for path in (ROOT / name for name in MADE):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
