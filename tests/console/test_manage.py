"""`python manage.py check` on a machine without settings or servers."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NEEDED = ("SECRET_KEY", "FIELD_KEYS", "DATABASE_URL")


def check(*options: str, folder: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    bare = {name: value for name, value in os.environ.items() if name not in NEEDED}
    return subprocess.run(
        [sys.executable, *options, "manage.py", "check"],
        cwd=folder,
        env={**bare, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_check_without_settings_says_what_to_run(tmp_path: Path) -> None:
    # Without the .env that a developer may have.
    shutil.copy(ROOT / "manage.py", tmp_path)
    shutil.copytree(ROOT / "crosschq", tmp_path / "crosschq", ignore=shutil.ignore_patterns("__pycache__"))
    done = check(folder=tmp_path)
    assert done.returncode == 1
    assert "Set the SECRET_KEY environment variable." in done.stderr
    assert "-m scripts.stack.shell" in done.stderr
    assert "copy .env.example to .env" in done.stderr
    assert "Traceback" not in done.stderr


def test_check_without_django_says_what_to_run() -> None:
    # -S leaves out the folder of installed packages.
    done = check("-S", PYTHONPATH="")
    assert done.returncode == 1
    assert "make demo" in done.stderr
    assert "Traceback" not in done.stderr


def test_check_needs_no_server() -> None:
    nowhere = "127.0.0.1:1"
    done = check(
        SECRET_KEY="x" * 50,
        FIELD_KEYS="k1:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
        DATABASE_URL=f"postgres://app@{nowhere}/crosschq",
        CACHE_URL=f"redis://{nowhere}/1",
        CELERY_BROKER_URL=f"redis://{nowhere}/0",
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "no issues" in done.stdout
