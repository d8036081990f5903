"""Set everything up, play the main job, and keep running with the addresses and sign-ins printed.

python -m scripts.demo [--once]

PORT, SANDBOX_PORT and SMTP_PORT choose the ports where they are free. The exit status is 1 if a step fails.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from scripts.demo.browser import scriptless
from scripts.demo.person import NotThere
from scripts.demo.product import Product, chosen_ports
from scripts.demo.progress import Progress
from scripts.demo.stage import Stage
from scripts.demo.starter import Starter
from scripts.demo.states import show_states
from scripts.demo.story import Step, main_job
from scripts.stack.folder import FolderInUse
from scripts.stack.processes import DidNotStart
from scripts.stack.shell import DATABASE, publish_environment
from scripts.stack.stack import DEMO_FOLDER, Stack

LOOK_SECONDS = 0.5
STOPPED = 130
"""The exit status after Ctrl-C, as in shells."""


class StepFailed(Exception):
    """A person couldn't continue; the message says in which step and why."""


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m scripts.demo", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--once", action="store_true", help="stop after the main job")
    parser.add_argument("--folder", type=Path, default=DEMO_FOLDER, help="state folder (default: .state)")
    chosen = parser.parse_args(arguments)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        with _watching_make():
            seconds = demo(chosen.folder, once=chosen.once)
    except KeyboardInterrupt:
        print("\nStopped.", flush=True)
        return STOPPED
    except (DidNotStart, FolderInUse, StepFailed) as problem:
        print(f"\n{problem}\nLogs: {chosen.folder / 'logs'}", flush=True)
        return 1
    if chosen.once:
        print(f"main job: ok in {seconds:.0f} s", flush=True)
    return 0


def demo(folder: Path, *, once: bool) -> float:
    """Run the demo, and return how long the main job took, in seconds."""
    began = time.monotonic()
    print("Starting PostgreSQL, Valkey, the web server, a worker and the sandbox, with a new database …", flush=True)
    with Stack(folder) as stack:
        stack.create_first_database(DATABASE)
        product = Product(stack, database=DATABASE, ports=chosen_ports())
        publish_environment(stack.folder, product.environment)
        product.prepare()
        with product:
            print(f"Ready in {time.monotonic() - began:.0f} s. Playing the main job through its pages:", flush=True)
            stage = Stage.of(product, cast=scriptless)
            seconds = play(main_job(stage))
            if not once:
                print(f"main job: ok in {seconds:.0f} s")
                play([Step("Every kind of outcome and state is created", lambda: show_states(stage))])
                print(directions(product), flush=True)
                _wait_for_ctrl_c()
            return seconds


def play(steps: Sequence[Step], *, out: TextIO = sys.stdout) -> float:
    """Do all steps with a line of progress for each, and return the seconds. Raises ``StepFailed``."""
    progress = Progress(len(steps), out=out)
    began = time.monotonic()
    for step in steps:
        try:
            progress.run(step.doing, step.act)
        except NotThere as problem:
            raise StepFailed(f"{progress.mark} {step.doing}: failed. {problem}") from problem
        except Exception as problem:
            raise StepFailed(f"{progress.mark} {step.doing}: failed. {problem!r}") from problem
    return time.monotonic() - began


def directions(product: Product) -> str:
    admin, stranger = product.accounts.admin, product.accounts.stranger
    return f"""
  Product           {product.url}/
                    {admin.email}, password {admin.password}
                    another organization, on its first day: {stranger.email}, password {stranger.password}
                    (to connect it, sign in as Iris Integration of Ledgerly on SmartRecruiters' page)
  SmartRecruiters   {product.sandbox_url}/console/jobs  (the sandbox: move candidates here)
  Inbox             {product.sandbox_url}/inbox/
  Logs              {product.folder.logs}

Everything runs until Ctrl-C."""


def _wait_for_ctrl_c() -> None:
    try:
        while True:
            signal.pause()
    except KeyboardInterrupt:
        print("\nStopping …", flush=True)


@contextmanager
def _watching_make() -> Iterator[None]:
    """Interrupt this process when the make that started it is about to end."""
    starter = Starter()
    signal.signal(signal.SIGALRM, lambda number, frame: _interrupt(number, frame) if starter.is_ending() else None)
    signal.setitimer(signal.ITIMER_REAL, LOOK_SECONDS, LOOK_SECONDS)
    try:
        yield
    finally:
        # Python's own shutdown restores the default action, which is to end the process as failed.
        signal.setitimer(signal.ITIMER_REAL, 0)


def _interrupt(number: int, frame: object) -> None:
    # Stopping takes a second or two; another signal must not interrupt it.
    signal.setitimer(signal.ITIMER_REAL, 0)
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
