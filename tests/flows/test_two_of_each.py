"""Two web servers behind a load balancer and two workers share the work: nothing is lost, and nothing happens twice."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path

import pytest

from scripts.demo.browser import scriptless
from scripts.demo.people import MAYA
from scripts.demo.product import Product
from scripts.demo.stage import Stage
from scripts.demo.story import connect, move, outcomes, set_up
from scripts.stack.environment import Ports
from scripts.stack.folder import StateFolder
from scripts.stack.processes import free_port
from scripts.stack.stack import Stack
from scripts.stack.web import web_command
from tests.flows.outcomes import finish
from tests.flows.product import LEASE_SCALE, PATIENCE_SECONDS, own_valkey_databases
from tests.web_server.database_proxy import DatabaseProxy

pytestmark = [pytest.mark.flow, pytest.mark.slow, pytest.mark.timeout(1200)]
DATABASE = "flow_two_of_each"


class Balancer(DatabaseProxy):
    """Passes each new connection on to the next of two web servers."""

    def __init__(self) -> None:
        self.webs = (free_port(), free_port())
        self._turns = itertools.cycle(self.webs)
        super().__init__(self.webs[0])

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.target = next(self._turns)
        await super()._connect(reader, writer)


class TwoOfEach(Product):
    """The demo's processes, but two web servers and two equal workers, each for every queue."""

    webs: tuple[int, int]

    def commands(self) -> dict[str, list[str]]:
        commands = super().commands()
        line = commands.pop("worker")
        del commands["worker-ats"]
        every_queue = line[: line.index("--hostname")]
        commands |= {name: [*every_queue, "--hostname", f"{name}@%h"] for name in ("worker-1", "worker-2")}
        return {**commands, "web": web_command(self.webs[0]), "web-2": web_command(self.webs[1])}


def test_a_request_from_the_move_to_the_report_happens_once(
    stack: Stack, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder: Path = tmp_path_factory.mktemp("two")
    stack.create_database(DATABASE, template=migrated_template)
    balancer = Balancer()
    with own_valkey_databases(stack) as valkey_databases, balancer.running():
        settings = {
            "LEASE_SCALE": str(LEASE_SCALE),
            "RESTORE_STAMP_FILE": str(folder / "database-stamp.json"),
            "SENT_LEDGER": str(folder / "sent"),
            **valkey_databases,
        }
        ports = Ports(web=balancer.port, sandbox=free_port(), smtp=free_port())
        product = TwoOfEach(stack, database=DATABASE, ports=ports, settings=settings, folder=StateFolder(folder))
        product.webs = balancer.webs
        product.prepare(migrated=True)
        with product:
            stage = Stage.of(product, cast=scriptless, patience=PATIENCE_SECONDS)
            connect(stage)
            set_up(stage)
            move(stage, MAYA)
            assert len(outcomes(stage, MAYA)) == 1
            finish(stage, MAYA)
            for name in ("web", "web-2"):
                assert '"event": "request"' in product.log_tail(name, 1_000_000), name
