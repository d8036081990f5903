"""Imports go down the layers, without exceptions. The contracts are in pyproject.toml."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import grimp
import pytest

from scripts.lint import CHECKS
from scripts.stack.stack import ROOT

PACKAGES = ("crosschq", "connectors", "templates_app", "requests_app", "webhooks", "prospects", "sandbox")
# A file, a line that breaks a contract there, and a part of the contract's name.
PLANTED = {
    "a domain module imports upward": (
        "connectors/setup/checks.py",
        "from requests_app.models import Reference",
        "downward only",
    ),
    "a view imports upward": (
        "connectors/manage/views/manage.py",
        "from webhooks.models import Replay",
        "downward only",
    ),
    "a form imports upward": (
        "crosschq/accounts/members/views/invite.py",
        "from prospects.models import Prospect",
        "downward only",
    ),
    "messaging imports accounts": (
        "crosschq/messaging/sending/send.py",
        "from crosschq.accounts.members import roles",
        "downward only",
    ),
    "a domain module imports a view": (
        "webhooks/log/queries.py",
        "from webhooks.log.views import event_log",
        "by views, forms and URLs",
    ),
    "a domain module imports a form": (
        "prospects/opt_in/opt_in.py",
        "from prospects.opt_in import forms",
        "by views, forms and URLs",
    ),
    "a page imports a vendor": (
        "connectors/manage/views/callback.py",
        "from connectors.smartrecruiters import oauth",
        "by the registry alone",
    ),
    "the product imports the sandbox": (
        "crosschq/console/home/views.py",
        "import sandbox.app",
        "nothing of the sandbox",
    ),
}


def lint_layers(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *CHECKS["layers"], "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_every_contract_is_kept() -> None:
    done = lint_layers(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the product alone, to plant violations in."""
    folder = tmp_path_factory.mktemp("copy")
    for name in PACKAGES:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


@pytest.mark.parametrize("violation", PLANTED)
def test_a_planted_violation_is_caught(copy: Path, violation: str) -> None:
    path, line, contract = PLANTED[violation]
    source = (copy / path).read_text(encoding="utf-8")
    (copy / path).write_text(f"{source}\n{line}\n", encoding="utf-8")
    try:
        done = lint_layers(copy)
    finally:
        (copy / path).write_text(source, encoding="utf-8")
    assert done.returncode != 0
    (broken,) = [each for each in done.stdout.splitlines() if each.endswith("BROKEN")]
    assert contract in broken


def test_no_modules_import_each_other_in_a_cycle() -> None:
    graph = grimp.build_graph(*PACKAGES)
    imports = {module: set(graph.find_modules_directly_imported_by(module)) for module in graph.modules}
    assert circles(imports) == []


def test_a_cycle_is_found() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [["a", "b", "c"]]


def circles(imports: dict[str, set[str]]) -> list[list[str]]:
    """Repeatedly remove modules that import no remaining one. What remains is in a cycle or leads to one."""
    left = dict(imports)
    while free := [module for module, targets in left.items() if not targets & left.keys()]:
        for module in free:
            del left[module]
    while unused := [module for module in left if not any(module in targets for targets in left.values())]:
        for module in unused:
            del left[module]
    return [sorted(left)] if left else []
