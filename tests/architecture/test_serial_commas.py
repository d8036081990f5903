"""Pages and messages write lists as Americans do: "a, b, and c"."""

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


def test_every_list_has_a_comma_before_its_last_item() -> None:
    assert [(name(path), found) for path, text in texts() for found in lists_without(text)] == []


@pytest.mark.parametrize("text", ["Name, tag or description", "Sources, jobs\nand tags", "PNG, JPEG, GIF or WebP"])
def test_a_list_without_that_comma_is_found(text: str) -> None:
    assert lists_without(text)


@pytest.mark.parametrize("text", ["Name, tag, or description", "Wait, then go back and try again", "Ana and Ben"])
def test_other_commas_are_not_found(text: str) -> None:
    assert not lists_without(text)
