"""The folder that one running stack owns: its lock, secrets, logs, and process ids."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import TextIO


class FolderInUse(Exception):
    """Another stack runs in this folder, and a second one would destroy its database."""


class StateFolder:
    """A folder held by one process at a time. The kernel releases the lock whenever and however the process ends."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.logs = self.path / "logs"
        self.logs.mkdir(exist_ok=True)
        self._lock: TextIO | None = None

    def acquire(self) -> None:
        handle = open(self.path / "lock", "a", encoding="utf-8")  # noqa: SIM115  held until release()
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.close()
            raise FolderInUse(f"A stack is already running in {self.path}. Stop it first.") from None
        self._lock = handle

    def release(self) -> None:
        if self._lock:
            self._lock.close()
            self._lock = None

    def in_use(self) -> bool:
        """Whether a process holds the lock."""
        try:
            self.acquire()
        except FolderInUse:
            return True
        self.release()
        return False

    @property
    def outside(self) -> Path:
        """Where to put data that an account without access to this folder must reach."""
        return Path("/var/tmp") / f"crosschq-{sha256(str(self.path).encode()).hexdigest()[:16]}"  # noqa: S108  checked by its user

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def pid_file(self, name: str) -> Path:
        return self.path / f"{name}.pid"

    def secret(self, name: str, make: Callable[[], str] = lambda: secrets.token_urlsafe(32)) -> str:
        """A value created on first use and stored in the folder."""
        stored = self.path / "secrets.json"
        known: dict[str, str] = json.loads(stored.read_text(encoding="utf-8")) if stored.exists() else {}
        if name not in known:
            known[name] = make()
            write_private(stored, json.dumps(known, indent=1))
        return known[name]


def write_private(path: Path, text: str) -> None:
    """Replace a file atomically. Other users can't read it at any moment."""
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="utf-8") as handle:
        handle.write(text)
    new.replace(path)
