"""The project's Python files and what is in them. Each is read once, however many rules look at it."""

from __future__ import annotations

import ast
import gc
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from scripts.stack.stack import ROOT

PRODUCT = ("crosschq", "connectors", "templates_app", "requests_app", "webhooks", "prospects")


@cache
def sources(*packages: str) -> tuple[Path, ...]:
    """All files of the packages except migrations."""
    found = [path for package in packages for path in sorted((ROOT / package).rglob("*.py"))]
    return tuple(path for path in found if "migrations" not in path.parts)


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def tree(path: Path) -> ast.Module:
    """The file's syntax. A million nodes stay until the end, so garbage collection leaves them out."""
    gc.disable()
    found = ast.parse(text(path))
    gc.freeze()
    gc.enable()
    return found


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(tree(path)))


@cache
def calls(path: Path) -> tuple[tuple[str, ast.Call], ...]:
    """Every call, with what it calls: `datetime.now` or `print`."""
    return tuple((ast.unparse(node.func), node) for node in nodes(path) if isinstance(node, ast.Call))


def called(path: Path) -> tuple[str, ...]:
    return tuple(written for written, _call in calls(path))


def imported(path: Path) -> Iterator[str]:
    """Every module and name that a file imports, with its path: `django.db`, `django.db.models`."""
    for node in nodes(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield f"{'.' * node.level}{node.module or ''}"
            yield from (f"{'.' * node.level}{node.module or ''}.{alias.name}" for alias in node.names)
