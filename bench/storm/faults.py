"""Kills processes and servers as planned. Runs in the main thread, which restarts the servers."""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from contextlib import suppress
from signal import SIGKILL, SIGQUIT

import redis

from bench.storm.plan import Fault, Plan
from bench.storm.product import StormProduct
from bench.storm.senders import Senders
from scripts.stack.postgres import Postgres
from scripts.stack.processes import children, started_at
from scripts.stack.stack import Stack
from scripts.stack.valkey import Valkey


class Faults:
    def __init__(self, stack: Stack, product: StormProduct, senders: Senders, *, seed: int) -> None:
        self.senders = senders
        self.stack = stack
        self.product = product
        self.struck: Counter[str] = Counter()
        self._lot = random.Random(seed)  # noqa: S311 - a seed, and no secret

    def play(self, plan: Plan, *, began: float) -> None:
        for fault in plan.faults:
            time.sleep(max(0.0, began + fault.at - time.monotonic()))
            if self._strike(fault):
                self.struck[fault.kind] += 1

    def _strike(self, fault: Fault) -> bool:
        match fault.kind:
            case "web process":
                found = children(self._pid("web"))
                return _kill(self._lot.choice(found)) if found else False
            case "web server":
                return _kill(self._pid("web"))
            case "postgres":
                return self._restart_postgres()
            case "valkey":
                return self._restart_valkey()
            case "flush":
                return self._flush()
            case "pooler":
                return self._restart_pooler()
            case process:
                return _kill(self._pid(process))

    def _pid(self, name: str) -> int:
        """The id of a running process, on any host that has one; 0 if it isn't running now."""
        folders = self.product.folders_of(name)
        folder = self._lot.choice(folders) if len(folders) > 1 else folders[0]
        with suppress(OSError, ValueError, IndexError):
            pid = int(folder.pid_file(name).read_text(encoding="ascii").split()[0])
            return pid if started_at(pid) else 0
        return 0

    def _restart_postgres(self) -> bool:
        """Shut down immediately, as when the machine loses power, then start and recover."""
        postgres = self.stack.postgres
        if not isinstance(postgres, Postgres):
            return False
        port = postgres.port
        with self.senders.without_repeats():
            postgres.process.popen.send_signal(SIGQUIT)
            postgres.process.popen.wait()
            postgres.start()
        if postgres.port != port:
            raise SystemExit(f"PostgreSQL's port {port} was taken while it was away. Run the storm again.")
        return True

    def _restart_valkey(self) -> bool:
        valkey = self.stack.valkey
        if not isinstance(valkey, Valkey):
            return False
        port = valkey.port
        valkey.process.popen.kill()
        valkey.process.popen.wait()
        valkey.start()
        if valkey.port != port:
            raise SystemExit(f"Valkey's port {port} was taken while it was away. Run the storm again.")
        return True

    def _restart_pooler(self) -> bool:
        if self.product.pooler is None:
            return False
        self.product.pooler.process.popen.kill()
        self.product.pooler.process.popen.wait()
        self.product.pooler.start()
        return True

    def _flush(self) -> bool:
        with suppress(redis.RedisError), redis.Redis.from_url(self.stack.valkey.url(0)) as broker:
            return bool(broker.flushall())
        return False


def _kill(pid: int) -> bool:
    if not pid:
        return False
    with suppress(ProcessLookupError):
        os.kill(pid, SIGKILL)
        return True
    return False
