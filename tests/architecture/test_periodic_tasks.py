"""Loops of periodic tasks use one helper, which continues past a row that fails."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.sources import PRODUCT, name, nodes, sources, text, tree

SOURCES = [path for path in sources(*PRODUCT) if "views" not in path.parts and "management" not in path.parts]
LOOPS = (ast.For, ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)


def opens_a_transaction_for(loop: ast.AST) -> Iterator[ast.Call]:
    """`tenant(row.organization)` inside a loop over such rows."""
    targets = [loop.target] if isinstance(loop, ast.For) else [each.target for each in getattr(loop, "generators", [])]
    names = {node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)}
    calls = [node for node in ast.walk(loop) if isinstance(node, ast.Call)]
    for call in calls:
        if isinstance(call.func, ast.Name) and call.func.id == "tenant":
            used = {each.id for each in ast.walk(call.args[0]) if isinstance(each, ast.Name)}
            yield from [call] if used & names else []


def rows_of_all(function: ast.FunctionDef) -> Iterator[ast.AST]:
    """Loops of the function after a `cross_tenant` block: they may handle rows of several organizations."""
    for number, statement in enumerate(function.body):
        if isinstance(statement, ast.With) and "cross_tenant" in ast.dump(statement.items[0]):
            for later in function.body[number + 1 :]:
                yield from (node for node in ast.walk(later) if isinstance(node, LOOPS))


def test_rows_of_several_organizations_are_handled_by_the_helper() -> None:
    wrong = []
    for path in SOURCES:
        loops = [node for node in nodes(path) if isinstance(node, LOOPS)]
        lines = [call.lineno for loop in loops for call in opens_a_transaction_for(loop)]
        functions = [node for node in nodes(path) if isinstance(node, ast.FunctionDef)]
        lines += [loop.lineno for function in functions for loop in rows_of_all(function)]  # type: ignore[attr-defined]
        wrong += [f"{name(path)}:{line}" for line in lines]
    assert wrong == [], "use crosschq.core.outbox.periodic.for_each"


def test_tasks_leave_loops_and_steps_to_the_helper() -> None:
    tasks = [path for path in SOURCES if path.name == "tasks.py"]
    assert len(tasks) >= 5
    for path in tasks:
        assert not [node for node in nodes(path) if isinstance(node, (*LOOPS, ast.While))], path
        for function in tree(path).body:
            if isinstance(function, ast.FunctionDef) and function.name not in ("drain", "export"):
                calls = [each.value for each in function.body if isinstance(each, ast.Expr)]
                several = sum(isinstance(call, ast.Call) for call in calls) > 1
                assert not several, f"{function.name} runs several steps; use periodic.run_all"


def test_time_zones_are_looked_up_where_unknown_ones_are_harmless() -> None:
    assert [name(path) for path in sources(*PRODUCT) if "ZoneInfo(" in text(path)] == [
        "crosschq/core/text/time_zones.py"
    ]
