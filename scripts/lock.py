"""Resolve pyproject.toml into the three locks, each a superset of the previous one.

    python3 -m scripts.lock [--upgrade]

``prod.txt`` is what a deployment installs, ``demo.txt`` adds the embedded servers and the sandbox, ``dev.txt`` the
tests and the linters. The pins of one lock constrain the next, so that all three agree. The locks name no package
index, so you can use any mirror.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

from scripts.bootstrap import ROOT, uv_program

LOCKS = {
    "prod": (),
    "demo": ("embedded", "sandbox"),
    "dev": ("embedded", "sandbox", "test", "lint"),
}
OPTIONS = ("--universal", "--python-version", "3.11", "--generate-hashes", "--no-emit-index-url", "--quiet")


def main(arguments: Sequence[str]) -> int:
    uv = str(uv_program())
    done: list[str] = []
    for name, groups in LOCKS.items():
        output = f"requirements/{name}.txt"
        chosen = [option for group in groups for option in ("--group", group)]
        constraints = [option for lock in done for option in ("--constraint", lock)]
        command = [uv, "pip", "compile", "pyproject.toml", *OPTIONS, "--custom-compile-command", "make lock"]
        subprocess.run([*command, *chosen, *constraints, *arguments, "--output-file", output], cwd=ROOT, check=True)
        done.append(output)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
