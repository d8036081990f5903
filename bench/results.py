"""What benchmarks found: lines of one table, and of a dated JSON file."""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Line:
    """One figure, with its value in each round.

    `most` and `least` are goals for the median. gates: missing the goal fails the benchmark, because the figure is a
    ratio, a count or CPU time that depends little on the machine.
    """

    what: str
    rounds: Sequence[float]
    unit: str = ""
    least: float | None = None
    most: float | None = None
    gates: bool = False
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def median(self) -> float:
        return statistics.median(self.rounds)

    @property
    def is_missed(self) -> bool:
        is_low = self.least is not None and self.median < self.least
        return is_low or (self.most is not None and self.median > self.most)

    @property
    def goal(self) -> str:
        if self.least is not None:
            return f"at least {self.least:g}"
        return "" if self.most is None else f"at most {self.most:g}"


def parser(description: str | None) -> argparse.ArgumentParser:
    """The arguments of a benchmark, with the one that all have."""
    made = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--results", type=Path, help="write the lines to this JSON file")
    return made


def finish(lines: Sequence[Line], file: Path | None) -> None:
    """Write the lines to the file, and print a table of them. Raises SystemExit if one that gates is missed."""
    if file:
        file.write_text(json.dumps([asdict(line) for line in lines]), encoding="utf-8")
    print(table(lines), flush=True)
    if any(line.gates and line.is_missed for line in lines):
        raise SystemExit("The goals weren't met.")


def read(found: Iterable[Mapping[str, Any]]) -> list[Line]:
    return [Line(**each) for each in found]


def table(lines: Sequence[Line], before: Sequence[Line] = ()) -> str:
    """What was measured, its median, the rounds, the median of an earlier run, and the goal; for people."""
    earlier = {line.what: line for line in before}
    heads = ["", "median", "rounds", *(["before"] if before else []), "goal", ""]
    rows = [heads]
    for line in lines:
        then = earlier.get(line.what)
        old = [_value(then.median, then.unit) if then else "-"] if before else []
        rounds = ", ".join(map(_number, line.rounds))
        row = [line.what, _value(line.median, line.unit), rounds, *old, line.goal]
        rows.append([*row, "missed" if line.is_missed else ""])
    widths = [max(len(row[at]) for row in rows) for at in range(len(heads))]
    aligned = ([cell.ljust(width) for cell, width in zip(row, widths, strict=True)] for row in rows)
    return "\n".join("  ".join(row).rstrip() for row in aligned)


def _value(value: float, unit: str) -> str:
    return f"{_number(value)} {unit}".rstrip()


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
