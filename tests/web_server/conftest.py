"""The web server alone, as the demo and the image run it, on a database of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from pytest_django import DjangoDbBlocker

from scripts.stack import databases
from scripts.stack.environment import Ports
from scripts.stack.folder import StateFolder
from scripts.stack.processes import free_port, start
from scripts.stack.stack import Stack
from scripts.stack.web import web_command
from tests.factories import make_connection, make_organization
from tests.flows.product import own_databases
from tests.stack.migrated import connected_to
from tests.web_server.clients import answers
from tests.webhooks.deliveries import PATH, make_endpoint

START_SECONDS = 30


@dataclass(frozen=True)
class Web:
    """A running web server with one subscription that is active. ``database`` is the URL of role ``app``."""

    port: int
    database: str
    environment: dict[str, str]
    folder: StateFolder

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
    name = "web_server"
    stack.create_database(name, template=migrated_template)
    folder = StateFolder(tmp_path_factory.mktemp("web_server"))
    port = free_port()
    environment = {**stack.environment(name, Ports(web=port)), **own_databases(stack), "STATIC_MANIFEST": "false"}
    url = environment["DATABASE_URL"]
    with django_db_blocker.unblock(), connected_to(url):
        make_endpoint(make_connection(make_organization()))
    process = start(folder, "web", web_command(port), env=environment)
    try:
        assert answers(f"http://127.0.0.1:{port}/healthz", seconds=START_SECONDS), process.last_words()
        yield Web(port, url, environment, folder)
    finally:
        process.stop()
        databases.drop_database(stack.owner_url("postgres"), name)
