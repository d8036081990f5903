"""Run a storm and report what was lost or doubled."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import django

from bench.cpu import ProcessorTimes
from bench.storm.faults import Faults
from bench.storm.plan import Plan, make_plan
from bench.storm.product import StormProduct
from bench.storm.senders import REPEAT_SECONDS, Senders
from scripts.demo.browser import scriptless
from scripts.demo.stage import Stage
from scripts.demo.story import connect, set_up
from scripts.stack.environment import Ports
from scripts.stack.processes import free_port
from scripts.stack.stack import Stack

GOAL_SECONDS = 60.0
MOST_SECONDS = 600.0


def main(arguments: Sequence[str]) -> int:
    given = _arguments(arguments)
    plan = make_plan(
        count=given.count, seconds=given.seconds, seed=given.seed, moments=given.moments, has_pooler=given.pooler
    )
    print(
        f"seed {given.seed}: {plan.moves:,} moves, {plan.stars:,} of them to our step,"
        f" and {plan.duplicates:,} duplicates in {given.seconds:g} s; {len(plan.faults)} faults\n"
        f"the vendor's limits are {given.scale:g} times as high, a write takes it at most a {given.scale:g}th of 130 s,"
        f" and it repeats a delivery after {REPEAT_SECONDS:g} s instead of 1, 3, 10 … minutes;"
        f" hosts: {given.hosts}; PgBouncer: {'yes' if given.pooler else 'no'}",
        flush=True,
    )
    with (
        TemporaryDirectory(prefix="crosschq-storm-") as folder,
        running(Path(folder), given.scale, hosts=given.hosts, has_pooler=given.pooler) as (stack, product),
    ):
        return storm(stack, product, plan, given)


@contextmanager
def running(
    folder: Path,
    scale: float,
    *,
    settings: Mapping[str, str] | None = None,
    hosts: int = 1,
    has_pooler: bool = False,
) -> Iterator[tuple[Stack, StormProduct]]:
    """Run the stack and the product, with an organization that is connected and has a template."""
    with Stack(folder) as stack, ExitStack() as closing:
        ports = Ports(web=free_port(), sandbox=free_port(), smtp=free_port())
        stack.create_first_database("storm")
        product = StormProduct(stack, database="storm", ports=ports, scale=scale, hosts=hosts, has_pooler=has_pooler)
        product.environment.update(settings or {})
        closing.callback(product.close)
        product.prepare()
        with product:
            stage = Stage.of(product, cast=scriptless, patience=60)
            connect(stage)
            set_up(stage)
            os.environ.update({**product.environment, "DJANGO_SETTINGS_MODULE": "crosschq.settings"})
            django.setup()
            yield stack, product


def storm(stack: Stack, product: StormProduct, plan: Plan, given: argparse.Namespace) -> int:
    from bench.storm import counts

    senders = Senders(product.sandbox_url, plan)
    faults = Faults(stack, product, senders, seed=given.seed)
    senders.seed()
    senders.disturb()
    began = time.monotonic()
    with ProcessorTimes() as times:
        senders.start(began)
        faults.play(plan, began=began)
        senders.finish()
        senders.sandbox.tell("faults/clear")
        print(f"the storm took {time.monotonic() - began:.0f} s: {_listed(faults)}", flush=True)
        took = counts.wait_until_settled(senders, seconds=given.patience)
    senders.end()
    result = counts.compare(senders, plan)
    print("\n".join([*result.lines, *times.lines()]))
    print(f"{'done after the last fault':24} {took:.0f} s (goal {given.goal:g} s)")
    print(f"{'load':24} {os.getloadavg()[1]:.1f} on {os.cpu_count()} cores")
    if took > given.goal:
        result.breaches.append(f"It took {took:.0f} s until all was done, more than {given.goal:g} s.")
    for breach in result.breaches:
        print(breach)
    if result.breaches and given.keep_logs:
        _keep_logs(product, Path(given.keep_logs))
    print("Nothing was lost and nothing was doubled." if not result.breaches else "The goals weren't met.")
    return 1 if result.breaches else 0


def _listed(faults: Faults) -> str:
    return ", ".join(f"{kind} {times}" for kind, times in sorted(faults.struck.items()))


def _keep_logs(product: StormProduct, folder: Path) -> None:
    for each in (product.folder, *(host.folder for host in product.hosts)):
        (folder / each.path.name).mkdir(parents=True, exist_ok=True)
        for log in each.logs.iterdir():
            (folder / each.path.name / log.name).write_bytes(log.read_bytes())


def _arguments(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.storm", description=__doc__)
    parser.add_argument("--count", type=int, default=10_000, help="moves; 0.3 times as many duplicates come on top")
    parser.add_argument("--seconds", type=float, default=150)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scale", type=float, default=20, help="how many times the vendor's rate limits")
    parser.add_argument("--hosts", type=int, default=1, choices=[1, 2], help="each with its own processes and files")
    parser.add_argument("--pooler", action="store_true", help="PgBouncer in front of PostgreSQL")
    parser.add_argument("--moments", type=int, help="faults (default: 0.8 a second)")
    parser.add_argument("--goal", type=float, default=GOAL_SECONDS, help="seconds after the last fault")
    parser.add_argument("--patience", type=float, default=MOST_SECONDS, help="seconds until it stops waiting")
    parser.add_argument("--keep-logs", help="a folder for the logs after a breach")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
