"""The product as the storm runs it: two workers, each for every queue, and a sandbox with faster limits."""

from __future__ import annotations

from scripts.demo.product import Product
from scripts.stack.environment import Ports
from scripts.stack.folder import StateFolder
from scripts.stack.stack import Stack

WORKERS = ("worker-1", "worker-2")


class StormProduct(Product):
    """The demo's processes, but with two equal workers, so that one can take over from the other."""

    def __init__(self, stack: Stack, *, database: str, ports: Ports, scale: float, folder: StateFolder) -> None:
        # No one confirms a burst of moves here, and nothing reads the log lines of ordinary work.
        settings = {"BURST_LIMIT": "1000000", "SMARTRECRUITERS_RATE_SCALE": f"{scale:g}", "LOG_LEVEL": "WARNING"}
        super().__init__(stack, database=database, ports=ports, settings=settings, folder=folder)
        self.scale = scale

    def commands(self) -> dict[str, list[str]]:
        commands = super().commands()
        line = commands.pop("worker")
        del commands["worker-ats"]
        every_queue = line[: line.index("--hostname")]
        commands["sandbox"] += ["--rate-scale", f"{self.scale:g}"]
        return {**commands, **{name: [*every_queue, "--hostname", f"{name}@%h"] for name in WORKERS}}
