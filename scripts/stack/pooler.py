"""PgBouncer on loopback, in front of the embedded PostgreSQL, with the configuration that ships."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from signal import SIGINT
from urllib.parse import urlsplit

from scripts.stack.accounts import Account, for_postgres
from scripts.stack.folder import StateFolder, write_private
from scripts.stack.postgres import Postgres
from scripts.stack.processes import DidNotStart, Process, free_port, start, wait_for_port

SHIPPED = Path(__file__).resolve().parent.parent / "docker" / "pgbouncer.ini"
PROGRAM = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")
ABSENT = "PgBouncer is not installed: apt-get install pgbouncer"


class Pooler:
    """``pool_size``: how many connections to PostgreSQL it keeps, if not the shipped number."""

    def __init__(self, folder: StateFolder, server: Postgres, *, pool_size: int | None = None) -> None:
        if PROGRAM is None:
            raise DidNotStart(ABSENT)
        self.folder = folder
        self.server = server
        self.port = free_port()
        self.pool_size = pool_size
        # It refuses to run as root, like PostgreSQL.
        self._account: Account = for_postgres(Path(PROGRAM), folder.path)
        self._process: Process | None = None

    @property
    def environment(self) -> dict[str, str]:
        """The settings that the product needs besides ``DATABASE_URL``."""
        return {"DATABASE_POOLER": "true"}

    def url(self, database: str) -> str:
        """The ``DATABASE_URL`` of the role ``app`` through the pooler."""
        direct = urlsplit(self.server.url("app", database))
        return direct._replace(netloc=direct.netloc.rpartition(":")[0] + f":{self.port}").geturl()

    def start(self) -> None:
        """Start it. Raises ``DidNotStart``."""
        if self._account.is_other:
            raise DidNotStart("PgBouncer refuses to run as root, and this machine has no user namespaces.")
        users, configuration = self.folder.path / "pgbouncer-users.txt", self.folder.path / "pgbouncer.ini"
        password = urlsplit(self.server.url("app", "postgres")).password
        write_private(users, f'"app" "{password}"\n')
        write_private(configuration, self._configuration(users))
        command = [str(PROGRAM), str(configuration)]
        self._process = start(self.folder, "pgbouncer", command, stop_signal=SIGINT, account=self._account)
        wait_for_port(self._process, self.port)

    def stop(self) -> None:
        if self._process:
            self._process.stop()
            self._process = None

    @property
    def process(self) -> Process:
        if not self._process:
            raise RuntimeError("The pooler is not running.")
        return self._process

    def _configuration(self, users: Path) -> str:
        here = {
            "host=postgres port=5432": f"host=127.0.0.1 port={self.server.port}",
            "listen_addr = *": "listen_addr = 127.0.0.1",
            "listen_port = 6432": f"listen_port = {self.port}",
            "/tmp/userlist.txt": str(users),  # noqa: S108 - of the image
        }
        if self.pool_size:
            here["default_pool_size = 40"] = f"default_pool_size = {self.pool_size}"
        text = SHIPPED.read_text(encoding="utf-8")
        for shipped, ours in here.items():
            if text.count(shipped) != 1:
                raise DidNotStart(f"{SHIPPED} has changed: it no longer contains {shipped!r} exactly once.")
            text = text.replace(shipped, ours)
        return text
