"""Names that were replaced stay gone, as modules, imports and identifiers."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.sources import PRODUCT, imported, name, nodes, sources

MODULES = {
    *("acts", "answering", "asked", "asking", "beginnings", "bell", "chores", "export_choices", "export_new"),
    *("export_pump", "export_some", "flights", "flood", "fresh", "handing_over", "hooks", "keeping", "lanes"),
    *("learned", "listing", "look", "mails", "neighbors", "opening", "pages", "people", "places", "posting"),
    *("pretend", "recover", "reminding", "rhythm", "sendable", "showing", "visible", "walls", "ways_out", "wording"),
}
IDENTIFIERS = {
    *("Decided", "Held", "Look", "OurField", "Seat", "Told"),
    *("bounce_told", "due_told_at", "request_uid", "take_in", "tenant_wall", "wanted"),
}


def identifiers(path: Path) -> Iterator[str]:
    """The names of classes, functions, parameters, fields and variables."""
    for node in nodes(path):
        match node:
            case ast.ClassDef(name=found) | ast.FunctionDef(name=found) | ast.arg(arg=found) | ast.Name(id=found):
                yield found
            case ast.Attribute(attr=found) | ast.keyword(arg=str(found)):
                yield found


def parts(path: Path) -> set[str]:
    return set(Path(name(path)).with_suffix("").parts)


def test_no_module_and_no_folder_has_an_old_name() -> None:
    assert [name(path) for path in sources(*PRODUCT) if parts(path) & MODULES] == []


def test_no_import_uses_an_old_name() -> None:
    apps = tuple(f"{app}." for app in PRODUCT)
    files = sources(*PRODUCT, "tests", "scripts", "bench")
    found = [(name(path), one) for path in files for one in imported(path) if one.startswith(apps)]
    assert [(file, one) for file, one in found if set(one.split(".")[1:-1]) & MODULES] == []


def test_no_identifier_has_an_old_name() -> None:
    found = [(name(path), IDENTIFIERS.intersection(identifiers(path))) for path in sources(*PRODUCT)]
    assert [(file, names) for file, names in found if names] == []


def test_a_parameter_named_request_is_the_http_request() -> None:
    wrong = [
        f"{name(path)}: {node.name}"
        for path in sources(*PRODUCT)
        for node in nodes(path)
        if isinstance(node, ast.FunctionDef)
        for parameter in (*node.args.args, *node.args.kwonlyargs)
        if parameter.arg == "request"
        and parameter.annotation
        and "ReferenceRequest" in ast.unparse(parameter.annotation)
    ]
    assert wrong == []
