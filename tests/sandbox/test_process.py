"""``python -m sandbox`` as a separate process."""

from __future__ import annotations

import signal
import subprocess
import sys

from scripts.stack.processes import free_port


def start(*more: str) -> subprocess.Popen[str]:
    ports = ["--port", str(free_port()), "--smtp-port", str(free_port())]
    return subprocess.Popen(
        [sys.executable, "-m", "sandbox", *ports, *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_it_prints_one_line_when_ready_and_exits_cleanly_on_sigterm() -> None:
    with start("--redirect-uri", "https://product.example/cb") as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("Sandbox SmartRecruiters ready: http://localhost:")
        process.send_signal(signal.SIGTERM)
        rest, errors = process.communicate(timeout=120)
    assert (process.returncode, rest, errors) == (0, "", "")


def test_an_invalid_redirect_uri_fails_at_startup() -> None:
    with start("--redirect-uri", "http://product.example/cb") as process:
        _, errors = process.communicate(timeout=120)
    assert process.returncode == 2
    assert "must be exact and https" in errors
