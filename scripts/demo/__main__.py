"""Set everything up, play the main job, and stay up with the addresses and sign-ins printed.

python -m scripts.demo [--once]

PORT, SANDBOX_PORT and SMTP_PORT choose the ports where they are free. The exit status is 1 if a step fails.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Sequence

from scripts.stack.folder import FolderInUse
from scripts.stack.processes import DidNotStart
from scripts.stack.shell import DATABASE, publish_environment
from scripts.stack.stack import DEMO_FOLDER, Stack

from .browser import Browser
from .person import NotThere, Person
from .product import Product, chosen_ports
from .progress import Progress
from .sandbox import Sandbox
from .stage import PATIENCE_SECONDS, Stage
from .story import main_job

STOPPED = 130
"""The exit status of what Ctrl-C ended, as shells have it."""


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m scripts.demo", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--once", action="store_true", help="stop after the main job")
    once = bool(parser.parse_args(arguments).once)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        seconds = demo(once=once)
    except (DidNotStart, FolderInUse) as problem:
        print(f"\nThe demo did not start. {problem}\nLogs: {DEMO_FOLDER / 'logs'}", flush=True)
        return 1
    except StepFailed as failed:
        print(f"\n{failed}\nLogs: {DEMO_FOLDER / 'logs'}", flush=True)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.", flush=True)
        return STOPPED
    if once:
        print(f"main job: ok in {seconds:.0f} s", flush=True)
    return 0


class StepFailed(Exception):
    """A person could not go on; says in which step and why."""


def demo(*, once: bool) -> float:
    """Returns how long the main job took, in seconds, once everything is stopped."""
    began = time.monotonic()
    print("Starting PostgreSQL and Valkey, a new database, the web server, a worker and the sandbox …", flush=True)
    with Stack(DEMO_FOLDER) as stack:
        stack.create_database(DATABASE)
        product = Product(stack, database=DATABASE, ports=chosen_ports())
        publish_environment(stack.folder, product.environment)
        product.prepare()
        with product:
            print(f"Ready in {time.monotonic() - began:.0f} s. The main job, played through its pages:", flush=True)
            seconds = play(product)
            if not once:
                print(f"main job: ok in {seconds:.0f} s")
                print(directions(product), flush=True)
                _wait_for_ctrl_c()
            return seconds


def play(product: Product) -> float:
    """Play the main job on a running product. Returns its seconds; raises ``StepFailed``."""
    stage = Stage(
        product_url=product.url,
        admin=product.accounts.admin,
        sandbox=Sandbox(product.sandbox_url, patience=PATIENCE_SECONDS),
        cast=scriptless,
    )
    steps = main_job(stage)
    progress = Progress(len(steps))
    began = time.monotonic()
    for step in steps:
        try:
            progress.run(step.doing, step.act)
        except (NotThere, OSError) as problem:
            raise StepFailed(f"{progress.mark} {step.doing}: failed. {problem}") from problem
    return time.monotonic() - began


def scriptless(*, phone: bool) -> Person:
    return Browser()


def directions(product: Product) -> str:
    admin = product.accounts.admin
    return "\n".join(
        (
            "",
            f"  Product           {product.url}/",
            f"                    {admin.email}, password {admin.password}",
            f"  SmartRecruiters   {product.sandbox_url}/console/jobs  (the sandbox: move candidates here)",
            f"  Inbox             {product.sandbox_url}/inbox/",
            "",
            "Everything runs until Ctrl-C.",
        )
    )


def _wait_for_ctrl_c() -> None:
    try:
        signal.pause()
    except KeyboardInterrupt:
        print("\nStopping …", flush=True)


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
