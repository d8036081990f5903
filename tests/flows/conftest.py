"""The whole product as processes on loopback, set up once for the run by its admin, as the story tells it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from scripts.demo.__main__ import scriptless
from scripts.demo.people import MAYA, TAG, Candidate, Colleague
from scripts.demo.product import Product
from scripts.demo.sandbox import Sandbox
from scripts.demo.stage import Stage
from scripts.demo.story import connect, set_up
from scripts.stack.environment import Ports
from scripts.stack.processes import free_port
from scripts.stack.stack import Stack

DATABASE = "flows"
# Leases of 60 s end after 2.4 s, so that what a killed process left is taken up within the time of a test.
LEASE_SCALE = 0.04
# A killed process costs a restart, a lease (of 12 s for a write) and a beat (of 5 s).
PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class Running:
    """The product, the people in front of it, and the folder that arms its fault points."""

    product: Product
    stage: Stage
    faults: Path

    def arm(self, point: str) -> None:
        """The next process that comes to the point dies there."""
        (self.faults / point).write_text("kill", encoding="ascii")

    def has_struck(self, point: str) -> bool:
        return not (self.faults / point).exists()


@pytest.fixture(scope="session")
def running(stack: Stack, migrated_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    stack.create_database(DATABASE, template=migrated_template)
    faults = tmp_path_factory.mktemp("faults")
    settings = {"FAULT_DIR": str(faults), "LEASE_SCALE": str(LEASE_SCALE)}
    ports = Ports(web=free_port(), sandbox=free_port(), smtp=free_port())
    product = Product(stack, database=DATABASE, ports=ports, settings=settings)
    product.prepare(migrated=True)
    with product:
        stage = Stage(
            product_url=product.url,
            admin=product.accounts.admin,
            sandbox=Sandbox(product.sandbox_url, patience=PATIENCE_SECONDS),
            cast=scriptless,
        )
        connect(stage)
        set_up(stage)
        yield Running(product, stage, faults)


@pytest.fixture
def stage(running: Running) -> Stage:
    return running.stage


_numbers = itertools.count(1)


@pytest.fixture
def newcomer(stage: Stage) -> Callable[[], Candidate]:
    """Makes a candidate of their own job, tagged for the template, with two colleagues of their own."""

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
