"""The web server alone, as the demo and the image run it, on a database of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
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

START_SECONDS = 30
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
    stack.create_database(DATABASE, template=migrated_template)
    folder = StateFolder(tmp_path_factory.mktemp("web_server"))
    with own_valkey_databases(stack) as valkey_databases:
        environment = {**stack.environment(DATABASE), **valkey_databases, "STATIC_MANIFEST": "false"}
        with django_db_blocker.unblock(), connected_to(environment["DATABASE_URL"]):
            make_endpoint(make_connection(make_organization()))
        port, address = free_port(), urlsplit(environment["DATABASE_URL"])
        proxy = DatabaseProxy(address.port or 5432)
        through = environment | {
            "DATABASE_URL": address._replace(
                netloc=f"{address.username}:{address.password}@127.0.0.1:{proxy.port}"
            ).geturl()
        }
        process = start(folder, "web", web_command(port), env=through)
        with proxy.running():
            try:
                assert answers(f"http://127.0.0.1:{port}/readyz", seconds=START_SECONDS), process.last_words()
                yield Web(port, environment, proxy, process.popen.pid)
            finally:
                process.stop()
    databases.drop_database(stack.owner_url("postgres"), DATABASE)
