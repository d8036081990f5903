"""Each named fault point with each kind of fault, on the whole product.

The faults are a killed process, an exception, a stall, and a dropped database connection. Prints a table. The product
must recover from each without help, with one email and one note.

    python -m bench.fault_points      (--points email_after_send …, --kinds kill …)

tests/messaging/channels/test_text_kills.py and tests/privacy/test_fault_points.py cover the points of text messages,
which go out only during waking hours, and of the privacy desk.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.storm.__main__ import running
from bench.storm.plan import Act, Plan
from bench.storm.senders import Senders

# Shortened: a lease of 300 s ends after 15 s, and a stall of 30 s after 1.5 s.
LEASE_SCALE = 0.05
PATIENCE_SECONDS = 90.0


def main(arguments: Sequence[str]) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crosschq.settings")
    from crosschq.core.outbox.fault_points import KINDS, OF_REQUESTS

    parser = argparse.ArgumentParser(prog="python -m bench.fault_points", description=__doc__)
    parser.add_argument("--points", nargs="*", default=OF_REQUESTS, choices=OF_REQUESTS)
    parser.add_argument("--kinds", nargs="*", default=KINDS, choices=KINDS)
    given = parser.parse_args(arguments)
    cases = [(point, kind) for point in given.points for kind in given.kinds]
    with TemporaryDirectory(prefix="crosschq-faults-") as folder:
        faults = Path(folder) / "faults"
        faults.mkdir()
        settings = {"FAULT_DIR": str(faults), "LEASE_SCALE": f"{LEASE_SCALE:g}"}
        with running(Path(folder), 20, settings=settings) as (_stack, product):
            failed = _table(Senders(product.sandbox_url, _plan(len(cases))), faults, cases)
    print(f"{len(cases) - failed} of {len(cases)} recovered alone, with one email and one note each.")
    return 1 if failed else 0


def _plan(candidates: int) -> Plan:
    return Plan(stars=candidates, candidates=candidates, acts=(), faults=())


def _table(senders: Senders, faults: Path, cases: Sequence[tuple[str, str]]) -> int:
    from bench.storm import counts

    senders.seed()
    failed = 0
    print(f"{'point':20} {'fault':6} {'struck':7} {'seconds':>7}  result", flush=True)
    for number, (point, kind) in enumerate(cases):
        (faults / point).write_text(kind, encoding="ascii")
        began = time.monotonic()
        senders.act(Act(0, "move", number, "INTERVIEW", "Crosschq"))
        senders.act(Act(0, "note", number))
        while not (done := counts.is_done(senders, number)) and time.monotonic() - began < PATIENCE_SECONDS:
            time.sleep(0.5)
            senders.sandbox.tell("retry")
        struck = not (faults / point).exists()
        (faults / point).unlink(missing_ok=True)
        wrong = counts.wrong_with(senders, number) if done else "not done"
        failed += bool(wrong or not struck)
        seconds = time.monotonic() - began
        print(f"{point:20} {kind:6} {'yes' if struck else 'no':7} {seconds:7.1f}  {wrong or 'once'}", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
