"""Emails go out while the broker is away, and none goes twice.

    make bench NAME=broker_away      (ARGUMENTS="--seconds 120")

Uses real workers, real SMTP, and its own Valkey. It queues five messages a second. After 10 s it kills the broker for
this many seconds, then starts it again. Prints how late the messages of each phase were, how many were lost, and how
many arrived twice. Goal: p95 of 5 s while the broker is away, 0 lost, 0 twice.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections import Counter
from contextlib import ExitStack
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import stage
from bench.noisy_neighbor import Workers

EVERY_SECONDS = 0.2
GOAL = 5.0


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--seconds", type=float, default=120)
    given = arguments.parse_args()
    from scripts.stack.folder import StateFolder
    from scripts.stack.processes import free_port
    from scripts.stack.valkey import Valkey

    with ExitStack() as running:
        url = running.enter_context(stage.sandbox())
        folder = running.enter_context(TemporaryDirectory())
        port = free_port()
        broker = Valkey(StateFolder(Path(folder)), port=port)
        broker.start()
        running.callback(broker.stop)
        os.environ["CELERY_BROKER_URL"] = broker.url(0)
        stage.ready()
        running.enter_context(Workers())
        time.sleep(25)  # until the workers have started, even on a busy machine
        written = {"before": write(10)}
        broker.stop()
        written["away"] = write(given.seconds)
        broker.start()
        written["after"] = write(10)
        time.sleep(10)
        came = stage.read(url, "mails")
        report(written, came)


def write(seconds: float) -> dict[str, float]:
    """Queue messages at a steady rate. Returns when each address got its message, in seconds since the epoch."""
    from crosschq.messaging.content.email import Email
    from crosschq.messaging.sending.send import send_email
    from crosschq.tenancy.scope import cross_tenant

    written, ends = {}, time.monotonic() + seconds
    while time.monotonic() < ends:
        address = f"{os.urandom(6).hex()}@example.com"
        email = Email(subject="A benchmark", preheader="", paragraphs=("Text",))
        with cross_tenant("a benchmark"):
            send_email(organization=None, kind="bench", to_email=address, to_name="", email=email)
        written[address] = time.time()
        time.sleep(EVERY_SECONDS)
    return written


def report(written: dict[str, dict[str, float]], came: list[dict[str, str]]) -> None:
    from datetime import datetime

    arrived = {email["to"][0]: datetime.fromisoformat(email["received_at"]).timestamp() for email in came}
    times = Counter(email["to"][0] for email in came)
    failed = False
    for phase, sent in written.items():
        late = sorted(arrived[email] - at for email, at in sent.items() if email in arrived)
        lost = len(sent) - len(late)
        twice = sum(times[email] > 1 for email in sent)
        p50, p95 = (statistics.median(late), statistics.quantiles(late, n=20)[-1]) if len(late) > 1 else (inf, inf)
        print(f"{phase:7} {len(sent):4} written, {lost} lost, {twice} twice, p50 {p50:.2f} s, p95 {p95:.2f} s")
        failed |= bool(lost or twice or p95 > GOAL)
    if failed:
        raise SystemExit("The goals weren't met.")


if __name__ == "__main__":
    main()
