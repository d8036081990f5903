"""Commands for developers of the product."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import requests

from scripts.run import DevelopmentProduct, run
from scripts.stack.environment import Ports
from scripts.stack.processes import free_port
from scripts.stack.stack import ROOT, Stack

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder, whose database server is installed once."""
    return tmp_path_factory.mktemp("run")


def test_make_run_reloads_the_web_server_and_runs_everything_else(stack: Stack) -> None:
    product = DevelopmentProduct(stack, ports=Ports())
    commands = product.commands()
    assert set(commands) == {"web", "worker", "worker-ats", "beat", "sandbox"}
    assert "runserver" in commands["web"]
    assert "--noreload" not in commands["web"]
    assert product.environment["DEBUG"] == "true"


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_make_run_keeps_its_database_between_runs(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for variable in ("DATABASE_URL", "CELERY_BROKER_URL", "POSTGRES_PORT", "VALKEY_PORT"):
        monkeypatch.delenv(variable, raising=False)
    port = free_port()
    monkeypatch.setenv("PORT", str(port))
    sign_in = f"http://localhost:{port}/accounts/login/"
    pages: list[str] = []
    for _ in range(2):
        run(folder, wait=lambda: pages.append(requests.get(sign_in, timeout=60).text))
    assert ["Sign in" in page for page in pages] == [True, True]
    printed = capsys.readouterr().out
    first, second = (line for line in printed.splitlines() if ", password " in line)
    assert first == second


def test_make_shell_opens_djangos_shell_on_the_embedded_servers() -> None:
    assert "scripts.stack.shell $(if $(FOLDER),--folder $(FOLDER)) python manage.py shell" in MAKEFILE


@pytest.mark.slow
def test_make_shell_starts_the_servers_if_nothing_is_running(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("DATABASE_URL", "CELERY_BROKER_URL", "POSTGRES_PORT", "VALKEY_PORT"):
        monkeypatch.delenv(variable, raising=False)
    command = [
        "python",
        "manage.py",
        "shell",
        "--verbosity",
        "0",
        "--command",
        "from django.conf import settings; print(settings.BASE_URL)",
    ]
    shell = [sys.executable, "-m", "scripts.stack.shell", "--folder", str(folder), *command]
    done = subprocess.run(shell, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "http://localhost:8000", done.stderr


def test_make_format_formats_a_file_and_fixes_its_imports(tmp_path: Path) -> None:
    steps = [line.split("$(RUN) -m ")[1].split() for line in MAKEFILE.splitlines() if "-m ruff" in line]
    assert len(steps) == 2
    file = tmp_path / "untidy.py"
    file.write_text("import sys\nimport os\nprint( os.sep,sys.path )\n", encoding="utf-8")
    for step in steps:
        command = [sys.executable, "-m", *step[:-1], "--config", str(ROOT / "pyproject.toml")]
        subprocess.run([*command, str(file)], cwd=ROOT, capture_output=True, check=False)
    assert file.read_text(encoding="utf-8") == "import os\nimport sys\n\nprint(os.sep, sys.path)\n"
