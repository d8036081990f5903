"""One PostgreSQL and one Valkey, and the settings that point the product to them."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from redis import Redis

from scripts.stack import databases
from scripts.stack.environment import STAMP_FILE, Ports, product_environment
from scripts.stack.external import ExternalPostgres, ExternalValkey
from scripts.stack.folder import StateFolder
from scripts.stack.postgres import Postgres
from scripts.stack.valkey import Valkey

ROOT = Path(__file__).resolve().parent.parent.parent
DEMO_FOLDER = ROOT / ".state"
TEST_FOLDER = ROOT / ".state-test"
# Of CACHE_KEY in crosschq/core/restore/stamp.py, as Django's cache writes it.
STAMP_KEY = ":1:installation"


class Stack:
    """A context manager that runs both servers in a state folder and ends them with the block, or with the process.

        with Stack(DEMO_FOLDER) as stack:
            stack.create_database("demo")
            subprocess.run([...], env=stack.environment("demo"))

    ``DATABASE_URL`` with ``OWNER_DATABASE_URL``, or ``CELERY_BROKER_URL`` with ``CACHE_URL``, put your own servers
    in their place. ``POSTGRES_PORT`` and ``VALKEY_PORT`` choose the ports where they are free. ``durable=False`` is
    for tests. Raises ``FolderInUse`` and ``DidNotStart``. Enter it in the main thread, before there are others: the
    servers end with the thread that started them.
    """

    postgres: Postgres | ExternalPostgres
    valkey: Valkey | ExternalValkey

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self.folder = StateFolder(folder)
        self.durable = durable

    def __enter__(self) -> Self:
        with ExitStack() as running:
            self.folder.acquire()
            running.callback(self.folder.release)
            self.postgres = ExternalPostgres.from_environment() or Postgres(
                self.folder, port=_port("POSTGRES_PORT"), durable=self.durable
            )
            running.callback(self.postgres.stop)
            self.postgres.start()
            self.valkey = ExternalValkey.from_environment() or Valkey(self.folder, port=_port("VALKEY_PORT"))
            running.callback(self.valkey.stop)
            self.valkey.start()
            self._running = running.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._running.close()

    def app_url(self, database: str) -> str:
        return self.postgres.url("app", database)

    def owner_url(self, database: str) -> str:
        return self.postgres.url("owner", database)

    def create_database(self, name: str, *, template: str | None = None) -> None:
        """Create a database owned by ``owner`` in which ``app`` has its rights, replacing any with that name."""
        databases.create_database(self.owner_url("postgres"), name, template=template)

    def create_first_database(self, name: str) -> None:
        """Create the database of a product that starts over in this folder.

        Also forget what the one before left outside it: the product would take the new one for a restored backup.
        """
        self.create_database(name)
        (self.folder.path / STAMP_FILE).unlink(missing_ok=True)
        with Redis.from_url(self.valkey.url(1)) as cache:
            cache.delete(STAMP_KEY)

    def environment(self, database: str, ports: Ports | None = None) -> dict[str, str]:
        """All settings of the product, plus ``OWNER_DATABASE_URL`` for migrate, and none of this process's own."""
        return {
            **product_environment(self.folder, ports or Ports()),
            "DATABASE_URL": self.app_url(database),
            "OWNER_DATABASE_URL": self.owner_url(database),
            "CELERY_BROKER_URL": self.valkey.url(0),
            "CACHE_URL": self.valkey.url(1),
        }


def _port(name: str) -> int:
    return int(os.environ.get(name) or 0)
