"""The product's processes and the sandbox, run on a stack's servers."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import Self

import requests

from scripts.demo.accounts import ACCOUNTS_VARIABLE, Accounts
from scripts.stack.environment import Ports
from scripts.stack.folder import StateFolder
from scripts.stack.processes import DidNotStart, Process, attempts, free_port, start
from scripts.stack.stack import Stack
from scripts.stack.web import web_command

READY_SECONDS = 180.0


def chosen_ports() -> Ports:
    """PORT, SANDBOX_PORT, and SMTP_PORT if they are free; other free ports otherwise."""
    defaults = Ports()
    return Ports(
        web=free_port(int(os.environ.get("PORT") or defaults.web)),
        sandbox=free_port(int(os.environ.get("SANDBOX_PORT") or defaults.sandbox)),
        smtp=free_port(int(os.environ.get("SMTP_PORT") or defaults.smtp)),
    )


class Product:
    """A context manager: web server, one worker, the scheduler, and the sandbox, kept running until the block ends.

    The database must exist; ``prepare`` fills a new one. ``settings`` override the stack's; logs, process ids and
    passwords are in ``folder``, or in the stack's folder. Raises ``DidNotStart``. Enter it in the main thread.
    """

    def __init__(
        self,
        stack: Stack,
        *,
        database: str,
        ports: Ports,
        settings: Mapping[str, str] | None = None,
        folder: StateFolder | None = None,
    ) -> None:
        self.ports = ports
        self.folder = folder or stack.folder
        self.accounts = Accounts.of(self.folder)
        static = {"STATIC_ROOT": str(self.folder.path / "static")}
        self.environment = {**stack.environment(database, ports), **static, **(settings or {})}
        self._supervisor: Process | None = None

    @property
    def url(self) -> str:
        return self.environment["BASE_URL"]

    @property
    def sandbox_url(self) -> str:
        return f"http://localhost:{self.ports.sandbox}"

    def prepare(self, *, migrated: bool = False) -> None:
        """Migrate a new database (unless it copies a migrated one), collect static files, and create the accounts."""
        if migrated:
            self.manage("seed_demo", "--collect-static")  # in one process: each loads the product for a second
            return
        with ExitStack() as running:
            static = self._begin(running, "collectstatic", "--noinput", "--clear", "--verbosity=0")
            self.manage("migrate", "--verbosity=0", as_owner=True)
            self.manage("seed_demo")
            _finish(static)

    def manage(self, *command: str, as_owner: bool = False) -> None:
        """Run a command of manage.py to its end. Raises ``DidNotStart`` with its output if it fails."""
        with ExitStack() as running:
            _finish(self._begin(running, *command, as_owner=as_owner))

    def start(self) -> None:
        """Start the processes without waiting for them."""
        commands = self.commands()
        for name in commands:
            self.folder.log(name).unlink(missing_ok=True)
        self._supervisor = start(
            self.folder,
            "supervisor",
            [sys.executable, "-m", "scripts.stack.supervisor", str(self.folder.path), json.dumps(commands)],
            env={**os.environ, **self.environment},
        )

    def wait(self) -> None:
        """Wait until the product responds and reports that its database is up to date."""
        if self._supervisor is None:
            raise RuntimeError("The product was not started.")
        for name, url in (("web", f"{self.url}/readyz"), ("sandbox", f"{self.sandbox_url}/_sandbox/state")):
            try:
                for _ in attempts(self._supervisor, seconds=READY_SECONDS):
                    if _answers(url):
                        break
                    time.sleep(0.05)
            except DidNotStart:
                raise DidNotStart(f"{name} did not start:\n{self.log_tail(name)}") from None

    def log_tail(self, name: str, characters: int = 1500) -> str:
        log = self.folder.log(name)
        return log.read_text(encoding="utf-8", errors="replace")[-characters:] if log.exists() else ""

    def stop(self) -> None:
        if self._supervisor:
            self._supervisor.stop()
            self._supervisor = None

    def __enter__(self) -> Self:
        self.start()
        try:
            self.wait()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def commands(self) -> dict[str, list[str]]:
        """Each process and its command line."""
        settings, state = self.environment, self.folder.path
        sandbox = ["--port", str(self.ports.sandbox), "--smtp-port", str(self.ports.smtp), "--allow-http-loopback"]
        # Joined with =, because a random secret may begin with a hyphen.
        sandbox += [f"--client-id={settings['SMARTRECRUITERS_CLIENT_ID']}"]
        sandbox += [f"--client-secret={settings['SMARTRECRUITERS_CLIENT_SECRET']}"]
        sandbox += ["--redirect-uri", f"{self.url}/connect/smartrecruiters/callback"]
        sandbox += [f"--text-account={settings['TWILIO_ACCOUNT_SID']}", f"--text-token={settings['TWILIO_AUTH_TOKEN']}"]
        sandbox += ["--text-webhook", f"{self.url}/hooks/texts/inbound"]
        quiet = ["--loglevel", "WARNING", "--without-gossip", "--without-mingle", "--without-heartbeat"]
        celery = [sys.executable, "-m", "celery", "-A", "crosschq"]
        worker = [*celery, "worker", *quiet]
        # In its own process, because the supervisor wouldn't notice if it died inside the worker.
        beat = ["beat", "--loglevel", "WARNING", "--schedule", str(state / "beat-schedule"), "--pidfile", ""]
        return {
            "sandbox": [sys.executable, "-m", "sandbox", *sandbox],
            "web": web_command(self.ports.web),
            "worker": [*worker, "--hostname", "messages@%h", "--queues", "urgent,interactive,messages,texts"],
            "worker-ats": [*worker, "--hostname", "ats@%h", "--queues", "vendor,export,local,periodic"],
            "beat": [*celery, *beat],
        }

    def _begin(self, running: ExitStack, *command: str, as_owner: bool = False) -> Process:
        """Start a command of manage.py, which is stopped when the block ends."""
        self.folder.log(command[0]).unlink(missing_ok=True)
        environment = {**os.environ, **self.environment, ACCOUNTS_VARIABLE: self.accounts.as_json()}
        if as_owner:
            environment["DATABASE_URL"] = self.environment["OWNER_DATABASE_URL"]
        process = start(self.folder, command[0], [sys.executable, "manage.py", *command], env=environment)
        running.callback(process.stop)
        return process


def _finish(command: Process) -> None:
    if command.popen.wait() != 0:
        raise DidNotStart(f"{command.name} failed:\n{command.last_words()}")


def _answers(url: str) -> bool:
    with requests.Session() as session:
        session.trust_env = False
        try:
            return session.get(url, timeout=5).status_code == 200
        except requests.RequestException:
            return False
