"""The product as the storm runs it: two workers, each for every queue, and a sandbox with faster limits.

With two hosts, each has its own web server, worker, scheduler and state folder. They share PostgreSQL and
Valkey, and a load balancer passes connections on to both web servers.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

from scripts.demo.product import Product
from scripts.stack.environment import STAMP_FILE, Ports
from scripts.stack.folder import StateFolder
from scripts.stack.pooler import Pooler
from scripts.stack.postgres import Postgres
from scripts.stack.processes import DidNotStart, Process, free_port, start
from scripts.stack.stack import Stack
from scripts.stack.web import web_command

WORKERS = ("worker-1", "worker-2")


@dataclass
class Host:
    """What one machine would have: processes, and files that the other hosts can't see."""

    number: int
    folder: StateFolder
    port: int = field(default_factory=free_port)
    supervisor: Process | None = None

    def commands(self, of_all: Mapping[str, list[str]]) -> dict[str, list[str]]:
        name, beat = WORKERS[self.number], list(of_all["beat"])
        beat[beat.index("--schedule") + 1] = str(self.folder.path / "beat-schedule")
        return {"web": web_command(self.port), name: of_all[name], "beat": beat}

    @property
    def settings(self) -> dict[str, str]:
        return {
            "RESTORE_STAMP_FILE": str(self.folder.path / STAMP_FILE),
            "ERASURE_LEDGER": str(self.folder.path / "erasures.jsonl"),
            "SENT_LEDGER": str(self.folder.path / "sent"),
        }


class StormProduct(Product):
    """The demo's processes, but with two equal workers, so that one can take over from the other."""

    def __init__(
        self, stack: Stack, *, database: str, ports: Ports, scale: float, hosts: int = 1, has_pooler: bool = False
    ) -> None:
        # No one confirms a burst of moves here, and nothing reads the log lines of ordinary work.
        settings = {"BURST_LIMIT": "1000000", "SMARTRECRUITERS_RATE_SCALE": f"{scale:g}", "LOG_LEVEL": "WARNING"}
        super().__init__(stack, database=database, ports=ports, settings=settings)
        # A vendor that takes more calls a second is done sooner with each of them.
        self.environment["ATS_WRITE_SECONDS"] = f"{float(self.environment['ATS_WRITE_SECONDS']) / scale:g}"
        self.scale = scale
        folders = [StateFolder(self.folder.path / f"host-{number}") for number in range(1, hosts + 1)]
        self.hosts = [Host(number, folder) for number, folder in enumerate(folders)] if hosts > 1 else []
        self.pooler: Pooler | None = None
        if has_pooler:
            if not isinstance(stack.postgres, Postgres):
                raise DidNotStart("The pooler runs in front of the embedded PostgreSQL only.")
            self.pooler = Pooler(self.folder, stack.postgres)
            self.environment |= {"DATABASE_URL": self.pooler.url(database), **self.pooler.environment}

    def prepare(self, *, migrated: bool = False) -> None:
        if self.pooler:
            self.pooler.start()
        super().prepare(migrated=migrated)

    def start(self) -> None:
        super().start()
        of_all = self._of_all()
        for host in self.hosts:
            commands = [str(host.folder.path), json.dumps(host.commands(of_all))]
            host.supervisor = start(
                host.folder,
                "supervisor",
                [sys.executable, "-m", "scripts.stack.supervisor", *commands],
                env={**os.environ, **self.environment, **host.settings},
            )

    def stop(self) -> None:
        for host in self.hosts:
            if host.supervisor:
                host.supervisor.stop()
        super().stop()

    def close(self) -> None:
        if self.pooler:
            self.pooler.stop()

    def commands(self) -> dict[str, list[str]]:
        of_all = self._of_all()
        if not self.hosts:
            return of_all
        ports = [str(self.ports.web), *(str(host.port) for host in self.hosts)]
        return {"sandbox": of_all["sandbox"], "balancer": [sys.executable, "-m", "bench.storm.balancer", *ports]}

    def folders_of(self, process: str) -> list[StateFolder]:
        """Where the ids of the processes with this name are, one for each host that has one."""
        of_all = self._of_all()
        return [host.folder for host in self.hosts if process in host.commands(of_all)] or [self.folder]

    def _of_all(self) -> dict[str, list[str]]:
        commands = super().commands()
        line = commands.pop("worker")
        del commands["worker-ats"]
        every_queue = line[: line.index("--hostname")]
        commands["sandbox"] += ["--rate-scale", f"{self.scale:g}"]
        return {**commands, **{name: [*every_queue, "--hostname", f"{name}@%h"] for name in WORKERS}}
