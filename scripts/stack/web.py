"""The command line of the web server. Everything except its address is in gunicorn.conf.py."""

from __future__ import annotations

import sys

from scripts.stack.stack import ROOT


def web_command(port: int) -> list[str]:
    address = ["--bind", f"127.0.0.1:{port}"]
    return [
        sys.executable,
        "-m",
        "gunicorn",
        "--config",
        str(ROOT / "gunicorn.conf.py"),
        *address,
        "--log-level",
        "warning",
    ]
