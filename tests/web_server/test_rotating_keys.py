"""The encryption key is changed as the README says, under load, with a web server and a worker: nothing fails."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field

import pytest
import requests
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoDbBlocker

from connectors.background_tasks import lifecycle
from connectors.models import BackgroundTask
from crosschq.core.outbox.work_item import WorkState
from crosschq.tenancy.models import Role
from crosschq.tenancy.scope import tenant
from scripts.stack import databases
from scripts.stack.folder import StateFolder
from scripts.stack.processes import Process, free_port, start
from scripts.stack.stack import ROOT, Stack
from scripts.stack.web import web_command
from tests.factories import make_connection, make_member, make_organization, signed_in
from tests.flows.product import own_valkey_databases
from tests.patience import SECONDS
from tests.stack.migrated import connected_to
from tests.web_server.clients import answers, deliver
from tests.webhooks.deliveries import PATH, make_endpoint
from webhooks.explain.background_tasks import EXPLAIN

pytestmark = [pytest.mark.flow, pytest.mark.slow, pytest.mark.timeout(900)]
DATABASE = "rotating_keys"
START_SECONDS = 120
# The worker reads a token to decide each event.
TOKENS = {"access_token": "access", "refresh_token": "refresh"}


@dataclass
class Installation:
    """A web server and a worker that are restarted with other keys, and a client that uses them the whole time."""

    environment: dict[str, str]
    folder: StateFolder
    port: int
    page: str
    cookies: dict[str, str]
    processes: list[Process] = field(default_factory=list)
    seen: Counter[tuple[str, int]] = field(default_factory=Counter)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def restart(self, keys: str) -> None:
        self.stop()
        self.environment["FIELD_KEYS"] = keys
        worker = ["worker", "--concurrency", "1", "--loglevel", "WARNING", "--without-gossip", "--without-mingle"]
        for name, command in {
            "web": web_command(self.port),
            "worker": [sys.executable, "-m", "celery", "-A", "crosschq", *worker],
        }.items():
            self.processes.append(start(self.folder, name, command, env=self.environment))
        assert answers(f"{self.url}/readyz", seconds=START_SECONDS), self.processes[0].last_words()
        self.use()

    def stop(self) -> None:
        for process in self.processes:
            process.ask_to_stop()  # all of them, before waiting for one
        for process in self.processes:
            process.stop()
        self.processes.clear()

    def rotate(self, keys: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", "rotate_keys"],
            cwd=ROOT,
            env=self.environment | {"FIELD_KEYS": keys},
            capture_output=True,
            text=True,
            check=False,
            timeout=2 * SECONDS,
        )

    def use(self) -> None:
        """Requests during the restart of the web server get no response, so there is nothing to check."""
        with suppress(requests.ConnectionError):
            self.seen["delivery", deliver(f"{self.url}/hooks/smartrecruiters/{PATH}")[0]] += 1
            page = requests.get(f"{self.url}{self.page}", cookies=self.cookies, timeout=SECONDS, allow_redirects=False)
            self.seen["page", page.status_code] += 1
            self.seen["readyz", requests.get(f"{self.url}/readyz", timeout=SECONDS).status_code] += 1

    @contextmanager
    def under_load(self, *, most: int = 1000) -> Iterator[None]:
        over = threading.Event()

        def load() -> None:
            for _ in range(most):
                if over.is_set():
                    return
                self.use()
                time.sleep(0.05)

        thread = threading.Thread(target=load)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


@pytest.fixture
def installation(
    stack: Stack, migrated_template: str, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker
) -> Iterator[Installation]:
    stack.create_database(DATABASE, template=migrated_template)
    with own_valkey_databases(stack) as valkey_databases:
        environment = {**stack.environment(DATABASE), **valkey_databases, "STATIC_MANIFEST": "false"}
        with django_db_blocker.unblock(), connected_to(environment["DATABASE_URL"]):
            organization = make_organization()
            make_endpoint(make_connection(organization, **TOKENS))
            dana = make_member(organization, Role.ADMIN)
            browser = signed_in(Client(), dana)
            # A page that shows something encrypted: the question of a task.
            page = reverse("events:explain", args=[organization.slug, "smartrecruiters"])
            with tenant(organization):
                asked = lifecycle.begin(
                    EXPLAIN,
                    organization=organization,
                    vendor="smartrecruiters",
                    asked_by=dana,
                    page=page,
                    arguments={"text": "Maya"},
                )
                BackgroundTask.objects.update(state=WorkState.DEAD)
        installation = Installation(
            environment,
            StateFolder(tmp_path_factory.mktemp("rotating")),
            free_port(),
            page=asked.url,
            cookies={name: morsel.value for name, morsel in browser.cookies.items()},
        )
        with ExitStack() as running:
            running.callback(databases.drop_database, stack.owner_url("postgres"), DATABASE)
            running.callback(installation.stop)
            yield installation


def key_ids(stack: Stack, column: str, table: str) -> set[str]:
    """The key ids of the values that are stored now."""
    with databases.cursor(stack.owner_url(DATABASE)) as sql:
        sql.execute(
            f"SET app.org = '*'; SELECT DISTINCT split_part({column}, '.', 1) FROM {table} WHERE {column} <> ''"
        )
        return {row[0] for row in sql.fetchall()}


def test_no_one_notices_a_key_change_done_as_the_readme_says(stack: Stack, installation: Installation) -> None:
    old = installation.environment["FIELD_KEYS"]
    new = f"new:{base64.b64encode(os.urandom(32)).decode()}"
    installation.restart(old)
    with installation.under_load():
        too_early = installation.rotate(f"{new},{old}")
        installation.restart(f"{old},{new}")
        still_too_early = installation.rotate(f"{new},{old}")
        installation.restart(f"{new},{old}")
        rotated = installation.rotate(f"{new},{old}")
        installation.restart(new)
    for refused in (too_early, still_too_early):
        assert refused.returncode != 0
        assert "Nothing was rewritten" in refused.stderr
    assert rotated.returncode == 0, rotated.stderr
    assert key_ids(stack, "key", "connectors_signingkey") == {"new"}
    assert key_ids(stack, "access_token", "connectors_connection") == {"new"}
    assert set(installation.seen) == {("delivery", 202), ("page", 200), ("readyz", 200)}
    assert installation.seen["delivery", 202] > 20


def test_keys_in_a_wrong_order_are_a_503_until_they_are_right(stack: Stack, installation: Installation) -> None:
    """The web server lacks the key with which everything was rewritten."""
    old = installation.environment["FIELD_KEYS"]
    new = f"new:{base64.b64encode(os.urandom(32)).decode()}"
    rotated = installation.rotate(f"{new},{old}")
    assert rotated.returncode == 0, rotated.stderr
    installation.restart(old)
    with installation.under_load(most=100):
        time.sleep(3)
    wrong = set(installation.seen)
    assert wrong == {("delivery", 503), ("page", 503), ("readyz", 200)}
    assert '"event": "cannot_decrypt"' in installation.folder.log("web").read_text(encoding="utf-8")
    installation.seen.clear()
    installation.restart(f"{new},{old}")
    installation.use()
    assert set(installation.seen) == {("delivery", 202), ("page", 200), ("readyz", 200)}
