"""How the processes of the product are started."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from sandbox.__main__ import parser
from scripts.demo.accounts import Accounts
from scripts.demo.product import Product, chosen_ports
from scripts.stack.environment import Ports
from scripts.stack.folder import StateFolder
from scripts.stack.processes import free_port
from scripts.stack.stack import Stack


def product(stack: Stack, folder: Path, **settings: str) -> Product:
    return Product(stack, database="any", ports=Ports(), settings=settings, folder=StateFolder(folder))


def test_a_secret_that_starts_with_a_hyphen_is_not_an_option(stack: Stack, tmp_path: Path) -> None:
    command = product(stack, tmp_path, SMARTRECRUITERS_CLIENT_SECRET="-x").commands()["sandbox"]
    given = parser().parse_args(command[command.index("sandbox") + 1 :])
    assert given.client_secret == "-x"
    assert given.redirect_uri == ["http://localhost:8000/connect/smartrecruiters/callback"]


def test_no_password_is_in_a_command_line(stack: Stack, tmp_path: Path) -> None:
    started = product(stack, tmp_path)
    said = json.dumps(started.commands())
    secret = [started.environment[name] for name in ("SECRET_KEY", "FIELD_KEYS", "DATABASE_URL", "CELERY_BROKER_URL")]
    passwords = [account["password"] for account in json.loads(started.accounts.as_json())]
    assert [value for value in (*secret, *passwords) if value in said] == []


def test_a_folder_keeps_its_sign_ins(tmp_path: Path) -> None:
    first, second = Accounts.of(StateFolder(tmp_path)), Accounts.of(StateFolder(tmp_path))
    assert dataclasses.asdict(first) == dataclasses.asdict(second)
    assert first.admin.password != first.stranger.password
    assert Accounts.of(StateFolder(tmp_path / "other")).admin.password != first.admin.password


def test_ports_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = {name: free_port() for name in ("PORT", "SANDBOX_PORT", "SMTP_PORT")}
    for name, port in wanted.items():
        monkeypatch.setenv(name, str(port))
    assert dataclasses.astuple(chosen_ports()) == tuple(wanted.values())


def test_the_scheduler_is_a_separate_process_that_the_supervisor_watches(stack: Stack, tmp_path: Path) -> None:
    commands = product(stack, tmp_path).commands()
    assert "-B" not in commands["worker"]
    assert "beat" in commands["beat"]
