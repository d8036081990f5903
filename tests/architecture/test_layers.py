"""Imports go down the layers, without exceptions. The contracts are in pyproject.toml."""

from __future__ import annotations

import re
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


@pytest.mark.slow  # `make lint` does it too
def test_every_contract_is_kept() -> None:
    done = lint_layers(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The violations reported for each contract in a copy of the product in which all of them are planted."""
    folder = tmp_path_factory.mktemp("copy")
    for name in PACKAGES:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    for path, line, _contract in PLANTED.values():
        with (folder / path).open("a", encoding="utf-8") as file:
            file.write(f"\n{line}\n")
    done = lint_layers(folder)
    assert done.returncode != 0
    _summary, _title, report = done.stdout.partition("Broken contracts")
    _rule, *parts = re.split(r"^(\w.*)\n-{5,}\n", report, flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


@pytest.mark.parametrize("violation", PLANTED)
def test_a_planted_violation_is_caught(broken: dict[str, str], violation: str) -> None:
    path, _line, contract = PLANTED[violation]
    module = path.removesuffix(".py").replace("/", ".")
    assert [contract in name for name, found in broken.items() if f"{module} -> " in found] == [True]


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
