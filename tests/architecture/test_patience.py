"""No test fails because a machine is busy: none limits a duration, or a wait, to a few seconds (tests/patience.py)."""

from __future__ import annotations

import ast

from tests.sources import name, nodes, sources

LEAST_SECONDS = 10
CLOCKS = {"time.monotonic", "time.perf_counter", "time.process_time"}
WAITS = {"wait", "result", "communicate", "settimeout"}


def calls_a_clock(node: ast.AST) -> bool:
    return any(isinstance(each, ast.Call) and ast.unparse(each.func) in CLOCKS for each in ast.walk(node))


def seconds_of(node: ast.AST) -> float | None:
    """The number of seconds that a literal says; None for anything else."""
    value = getattr(node, "value", None) if isinstance(node, ast.Constant) else None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def short_limits(statement: ast.Assert) -> list[str]:
    found = []
    for node in ast.walk(statement):
        match node:
            case ast.Compare(left=left, ops=[*_, ast.Lt() | ast.LtE()], comparators=[*_, right]) if calls_a_clock(left):
                limits = [right]
            case ast.Call(func=ast.Attribute(attr=attr), args=args, keywords=keywords) if attr in WAITS:
                limits = [*args, *(keyword.value for keyword in keywords if keyword.arg == "timeout")]
            case _:
                continue
        short = [each for limit in limits if (each := seconds_of(limit)) is not None and each < LEAST_SECONDS]
        found += [ast.unparse(node)] * bool(short)
    return found


def test_no_assertion_depends_on_a_few_seconds() -> None:
    wrong = [
        f"{name(path)}: {each}"
        for path in sources("tests")
        for node in nodes(path)
        if isinstance(node, ast.Assert)
        for each in short_limits(node)
    ]
    assert wrong == []
