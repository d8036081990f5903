"""Fixtures of the flow and browser tests: the whole product as processes on loopback."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from redis import Redis

from scripts.demo.browser import scriptless
from scripts.demo.people import MAYA, TAG, Candidate, Colleague
from scripts.demo.person import Cast
from scripts.demo.product import Product
from scripts.demo.stage import Stage
from scripts.demo.story import connect, set_up
from scripts.stack.environment import Ports
from scripts.stack.folder import StateFolder
from scripts.stack.processes import free_port
from scripts.stack.stack import Stack
from scripts.stack.valkey import Valkey

# A 300-second lease ends after 3 seconds, so that work of a killed process is taken over during the test.
LEASE_SCALE = 0.01
# A killed process costs a restart, a lease and a heartbeat, and heartbeats are 5 seconds apart.
PATIENCE_SECONDS = 240.0


@dataclass(frozen=True)
class Running:
    """The product, its users, and the folder that arms its fault points."""

    product: Product
    stage: Stage
    faults: Path

    def arm(self, point: str) -> None:
        """The next process that reaches the point dies there."""
        (self.faults / point).write_text("kill", encoding="ascii")

    def has_struck(self, point: str) -> bool:
        return not (self.faults / point).exists()


@contextmanager
def started_product(stack: Stack, *, template: str, folder: Path, cast: Cast) -> Iterator[Running]:
    """The product with its own empty database; its state is in ``folder``."""
    database = f"flow_{folder.name.replace('-', '_')}"
    stack.create_database(database, template=template)
    faults = folder / "faults"
    with own_valkey_databases(stack) as valkey_databases:
        settings = {
            "FAULT_DIR": str(faults),
            "LEASE_SCALE": str(LEASE_SCALE),
            # The servers' folder has one file for all products; a product that finds another's takes it for a restore.
            "RESTORE_STAMP_FILE": str(folder / "database-stamp.json"),
            "SENT_LEDGER": str(folder / "sent"),
            **valkey_databases,
        }
        ports = Ports(web=free_port(), sandbox=free_port(), smtp=free_port())
        product = Product(stack, database=database, ports=ports, settings=settings, folder=StateFolder(folder))
        faults.mkdir()
        product.prepare(migrated=True)
        with product:
            yield Running(product, Stage.of(product, cast=cast, patience=PATIENCE_SECONDS), faults)


_free_pairs = list(range(2, 16, 2))


@contextmanager
def own_valkey_databases(stack: Stack) -> Iterator[dict[str, str]]:
    """A broker and a cache that no other running product has.

    With the same broker, its worker would take the wake-ups of the other one. With the same cache, each would find the
    other's stamp there and take its own database for a restored one (crosschq/core/restore/stamp.py).
    """
    if not isinstance(stack.valkey, Valkey):
        yield {}
        return
    broker = _free_pairs.pop(0)
    urls = [stack.valkey.url(broker), stack.valkey.url(broker + 1)]
    try:
        yield {"CELERY_BROKER_URL": urls[0], "CACHE_URL": urls[1]}
    finally:
        for url in urls:
            with Redis.from_url(url) as valkey:
                valkey.flushdb()
        _free_pairs.append(broker)


@pytest.fixture(scope="session")
def running(stack: Stack, migrated_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The product after its admin has connected SmartRecruiters and created a template, as in the story."""
    folder = tmp_path_factory.mktemp("flows")
    with started_product(stack, template=migrated_template, folder=folder, cast=scriptless) as running:
        connect(running.stage)
        set_up(running.stage)
        yield running


@pytest.fixture(scope="session")
def stage(running: Running) -> Stage:
    return running.stage


_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def newcomer(stage: Stage) -> Callable[[], Candidate]:
    """Creates a candidate with their own job, tagged for the template, and two colleagues."""

    def make() -> Candidate:
        number = next(_numbers)
        first_name, last_name, email = "Noa", f"Adeyemi-{number}", f"noa-{number}@example.com"
        title = f"Engineer {number:03d}"
        users = {user["name"]: user["id"] for user in stage.sandbox.read("state")["users"]}
        job = {"title": title, "tag": TAG, "team": [{"user_id": users["Dana Ruiz"], "role": "RECRUITER"}]}
        applicant = {"first_name": first_name, "last_name": last_name, "email": email, "job_id": 0}
        stage.sandbox.tell("seed", jobs=[job], candidates=[applicant])
        colleagues = tuple(_like(colleague, number) for colleague in MAYA.colleagues)
        return Candidate(
            name=f"{first_name} {last_name}", email=email, job=title, own_views=MAYA.own_views, colleagues=colleagues
        )

    return make


def _like(colleague: Colleague, number: int) -> Colleague:
    local, _, domain = colleague.email.partition("@")
    return Colleague(
        name=f"{colleague.name}-{number}",
        email=f"{local}-{number}@{domain}",
        company=colleague.company,
        years=colleague.years,
        relationship=colleague.relationship,
        views=colleague.views,
    )
