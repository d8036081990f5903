"""Run every check that isn't a test: style, types, layers, templates, migrations, and deployment settings.

python -m scripts.lint [NAME ...]
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence

from scripts.stack.pool import started_stack
from scripts.stack.stack import ROOT

PYTHON = [sys.executable, "-W", "error::SyntaxWarning"]
CHECKS = {
    "format": ["-m", "ruff", "format", "--check", "--quiet", "."],
    "style": ["-m", "ruff", "check", "--quiet", "."],
    "types": ["-m", "mypy", "--no-error-summary"],
    "layers": [
        "-c",
        "from importlinter.cli import lint_imports_command; lint_imports_command()",
        "--cache-dir",
        ".mypy_cache/layers",
    ],
    "templates": ["-m", "djlint", "--lint", "--quiet", "templates"],
    "sandbox's": ["-m", "djlint", "--lint", "--quiet", "--profile", "jinja", "sandbox/templates"],
    "migrations": ["manage.py", "makemigrations", "--check", "--dry-run"],
    "deployment": ["manage.py", "check", "--deploy", "--fail-level", "WARNING"],
}
# Django's deployment checks look at these settings.
DEPLOYMENT = {
    "DEBUG": "false",
    "COOKIE_SECURE": "true",
    "SSL_REDIRECT": "true",
    "BASE_URL": "https://crosschq.example",
    "ALLOWED_HOSTS": "crosschq.example",
}


def main(names: Sequence[str]) -> int:
    unknown = set(names) - set(CHECKS)
    if unknown:
        raise SystemExit(f"No check is named {', '.join(sorted(unknown))}. Checks: {', '.join(CHECKS)}.")
    failed = []
    with started_stack() as stack:
        stack.create_database("lint")
        environment = {**os.environ, **stack.environment("lint"), **DEPLOYMENT}
        for name in names or CHECKS:
            began = time.monotonic()
            done = subprocess.run(
                [*PYTHON, *CHECKS[name]], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
            )
            print(
                f"{name:12} {'ok' if done.returncode == 0 else 'failed':8} {time.monotonic() - began:4.1f} s",
                flush=True,
            )
            if done.returncode != 0:
                failed.append(name)
                print((done.stdout + done.stderr).rstrip(), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
