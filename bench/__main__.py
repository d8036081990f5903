"""The benchmarks behind docs/performance.md, one after the other: one table, and a dated JSON file.

    make bench      (SCALE=0.1: pages with a tenth of the rows; ARGUMENTS="--quick --only drain": a short run of one)

Storing deliveries, processing events, one worker compared with two, an ATS's limit at two and at four times its rate,
and every page at two sizes. The table compares each figure with the newest file of an earlier run. Takes half an hour,
of which creating the rows of the pages takes 3 to 10 minutes, once.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench import results
from bench.intake import calibration

FOLDER = Path(".state-bench/results")


def suite(scale: float, *, quick: bool) -> list[list[str]]:
    """Each benchmark's module with its arguments."""
    # Each worker's share of a core is the kernel's to limit, which takes root.
    share = ["--share", "0.3"] if os.geteuid() == 0 else []
    if quick:
        return [
            ["intake", "--rounds", "1", "--seconds", "1", "--clients", "8"],
            ["drain", "--rounds", "1", "--items", "200"],
            ["rate", "--rounds", "1", "--seconds", "3", "--scale", "4"],
            ["pages", "--rounds", "1", "--samples", "2", "--only", "requests:list", "--scale", "0.0034"],
        ]
    return [
        ["intake"],
        ["drain"],
        ["two_workers", *share],
        *(["rate", "--rounds", "3", "--seconds", "20", "--scale", times] for times in ("2", "4")),
        ["pages", "--rounds", "5", "--samples", "6", "--scale", str(scale)],
    ]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--scale", type=float, default=1.0, help="of the rows of the pages")
    arguments.add_argument("--quick", action="store_true", help="a round of most; says nothing about the goals")
    arguments.add_argument("--only", nargs="+", default=[], metavar="NAME", help="these benchmarks instead of all")
    arguments.add_argument("--folder", type=Path, default=FOLDER, help="where the JSON files go")
    given = arguments.parse_args()
    began, before = datetime.now(UTC), newest(given.folder)
    commands = [each for each in suite(given.scale, quick=given.quick) if each[0] in given.only or not given.only]
    parts = [measured(*command) for command in commands]
    whole, at = not (given.quick or given.only), began.isoformat(timespec="seconds")
    report = {"at": at, "machine": machine(), "whole": whole, "parts": parts}
    given.folder.mkdir(parents=True, exist_ok=True)
    file = given.folder / f"{began:%Y-%m-%dT%H-%M-%S}.json"
    file.write_text(json.dumps(report, indent=1), encoding="utf-8")
    print("\n" + summary(report, before) + f"\n{file}")
    if any(part["failed"] for part in parts) and not given.quick:
        raise SystemExit("The goals weren't met.")


def measured(name: str, *arguments: str) -> dict[str, Any]:
    """Run one benchmark. Its lines, and the load and the speed of the machine before it."""
    print(f"\n{' '.join(['make bench NAME=' + name, *arguments])}", flush=True)
    found: dict[str, Any] = {
        "name": name,
        "arguments": arguments,
        "load": os.getloadavg()[0],
        "calibration_ms": round(calibration(), 1),
    }
    with TemporaryDirectory() as folder:
        file = Path(folder, "lines.json")
        command = [sys.executable, "-m", f"bench.{name}", *arguments, "--results", str(file)]
        ended = subprocess.run(command, check=False)
        lines = json.loads(file.read_text(encoding="utf-8")) if file.exists() else []
    return found | {"failed": ended.returncode != 0, "lines": lines}


def newest(folder: Path) -> dict[str, Any] | None:
    """The report of the last run of all benchmarks at their full length."""
    for file in sorted(folder.glob("*.json"), reverse=True):
        report: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        if report["whole"]:
            return report
    return None


def summary(report: dict[str, Any], before: dict[str, Any] | None) -> str:
    lines = results.read(line for part in report["parts"] for line in part["lines"])
    then = results.read(line for part in before["parts"] for line in part["lines"]) if before else []
    broken = [part["name"] for part in report["parts"] if not part["lines"]]
    load, speed = _range(report["parts"], "load"), _range(report["parts"], "calibration_ms")
    return "\n".join([
        results.table(lines, then),
        *(f"{name} ended without a result." for name in broken),
        f"{report['machine']}; load {load}; 100,000 digests take {speed} ms",
    ])  # fmt: skip


def _range(parts: Sequence[dict[str, Any]], name: str) -> str:
    values = [part[name] for part in parts]
    return f"{min(values):.3g} to {max(values):.3g}"


def machine() -> str:
    info = Path("/proc/cpuinfo").read_text(encoding="utf-8") if Path("/proc/cpuinfo").exists() else ""
    model = next((line.partition(":")[2].strip() for line in info.splitlines() if line.startswith("model name")), "")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cores = f"{os.cpu_count()} cores of {model or platform.machine()}"
    return f"{cores}, {memory:.0f} GB, {platform.system()} {platform.release()}, Python {platform.python_version()}"


if __name__ == "__main__":
    main()
