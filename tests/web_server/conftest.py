"""The web server alone, as the demo and the image run it, on its own database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pytest_django import DjangoDbBlocker

from scripts.stack import databases
from scripts.stack.folder import StateFolder
from scripts.stack.processes import free_port, start
from scripts.stack.stack import Stack
from scripts.stack.web import web_command
from tests.factories import make_connection, make_organization
from tests.flows.product import own_valkey_databases
from tests.stack.migrated import connected_to
from tests.web_server.clients import answers
from tests.web_server.database_proxy import DatabaseProxy
from tests.webhooks.deliveries import PATH, make_endpoint

START_SECONDS = 120
DATABASE = "web_server"


@dataclass(frozen=True)
class Web:
    """A running web server with one subscription that is active, and the proxy between it and PostgreSQL."""

    port: int
    environment: dict[str, str]
    proxy: DatabaseProxy
    pid: int
    """Of the process that starts those that answer."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def hook(self) -> str:
        return f"{self.url}/hooks/smartrecruiters/{PATH}"


@pytest.fixture(scope="session")
def web(
    stack: Stack, migrated_template: str, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker
) -> Iterator[Web]:
    proxy = DatabaseProxy(urlsplit(stack.app_url(DATABASE)).port or 5432)
    with prepared(stack, migrated_template, DATABASE, STATIC_MANIFEST="false") as environment, proxy.running():
        with django_db_blocker.unblock(), connected_to(environment["DATABASE_URL"]):
            make_endpoint(make_connection(make_organization()))
        address = urlsplit(environment["DATABASE_URL"])
        there = f"{address.username}:{address.password}@127.0.0.1:{proxy.port}"
        through = environment | {"DATABASE_URL": address._replace(netloc=there).geturl()}
        with serving(tmp_path_factory.mktemp("web_server"), through) as (port, pid):
            yield Web(port, environment, proxy, pid)


@contextmanager
def prepared(stack: Stack, template: str, database: str, **settings: str) -> Iterator[dict[str, str]]:
    """The environment of a web server with its own empty database, which is dropped at the end."""
    stack.create_database(database, template=template)
    with own_valkey_databases(stack) as valkey_databases:
        yield {**stack.environment(database), **valkey_databases, **settings}
    databases.drop_database(stack.owner_url("postgres"), database)


@contextmanager
def serving(folder: Path, environment: dict[str, str]) -> Iterator[tuple[int, int]]:
    """Run the web server. Yields its port and the id of the process that starts those that answer."""
    port = free_port()
    process = start(StateFolder(folder), "web", web_command(port), env=environment)
    try:
        assert answers(f"http://127.0.0.1:{port}/readyz", seconds=START_SECONDS), process.last_words()
        yield port, process.popen.pid
    finally:
        process.stop()


def processes_that_answer(parent: int) -> list[int]:
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii")
    return [int(pid) for pid in children.split()]
