"""Pages, messages, and docs write lists as Americans do: "a, b, and c"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.stack.stack import ROOT
from tests.architecture.test_banned_words import messages, template_text
from tests.sources import PRODUCT, name, sources

# Single words, so that two clauses that a comma separates aren't taken for a list.
WITHOUT = re.compile(r"(?<![\w-])[\w-]+, [\w-]+ (?:and|or) [\w-]+")
CLAUSES = re.compile(r"^example, |, (?:and|confirm|disconnect|reconnect|then) ")
# In the docs: two words that say more about what is before them, or another clause.
NO_LISTS = {
    *("disk, before and after", "changed, before and after", "twice, singular and plural", "px, light and dark"),
    *("clients, p50 and p99", "unanswered, p50 and p99", "meanwhile, p50 and p90", "call, worker and PostgreSQL"),
    *("followed, ids and signatures", "unavailable, deliveries and pages", "JSON, yes and no", "link, add or replace"),
    *("limits, passkeys and authenticator", "documents, administrators and extended", "us, four or two"),
    *("com, reference and guides", "immediately, with and without", "settings, sign-in and permissions"),
    *("failed, later and a", "code, one or more", "code, one or both"),
    *("forms, code and code", "hosts, code and code", "completion, code and code"),
}


def lists_without(text: str) -> list[str]:
    """Lists of three or more single words whose last item has no comma before its "and" or "or"."""
    return [found for found in WITHOUT.findall(" ".join(text.split())) if not CLAUSES.search(found)]


def texts() -> Iterator[tuple[Path, str]]:
    for path in sources(*PRODUCT, "sandbox"):
        for message in messages(path):
            yield path, message
    for folder in ("templates", "sandbox/templates"):
        for path in sorted((ROOT / folder).rglob("*.html")):
            yield path, template_text(path.read_text(encoding="utf-8"))


def docs() -> Iterator[tuple[Path, str]]:
    """Each paragraph, list item, and row of the docs, with the word "code" for what is in backticks."""
    folders = (ROOT / folder for folder in ("bench", "connectors", "docs", "sandbox"))
    for path in [*sorted(ROOT.glob("*.md")), *(each for folder in folders for each in sorted(folder.rglob("*.md")))]:
        text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        for part in re.split(r"\n\s*\n|\n(?=\s*[-|#]|\d+\.)", re.sub(r"`[^`\n]+`", "code", text)):
            yield path, part


def test_every_list_in_the_docs_has_a_comma_before_its_last_item() -> None:
    found = [(name(path), each) for path, text in docs() for each in lists_without(text)]
    assert [each for each in found if each[1] not in NO_LISTS] == []


def test_every_list_has_a_comma_before_its_last_item() -> None:
    assert [(name(path), found) for path, text in texts() for found in lists_without(text)] == []


@pytest.mark.parametrize("text", ["Name, tag or description", "Sources, jobs\nand tags", "PNG, JPEG, GIF or WebP"])
def test_a_list_without_that_comma_is_found(text: str) -> None:
    assert lists_without(text)


@pytest.mark.parametrize("text", ["Name, tag, or description", "Wait, then go back and try again", "Ana and Ben"])
def test_other_commas_are_not_found(text: str) -> None:
    assert not lists_without(text)
