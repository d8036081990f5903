"""What links say, and how they look.

Those that lead to something say "View request". "See" is for a question: "See why". Red is for the button that does it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.stack.stack import ROOT
from tests.architecture.test_banned_words import messages
from tests.sources import PRODUCT, name, sources

TRANSLATED = re.compile(r"""_\(\s*(["'])(.*?)\1|\{%\s*translate\s+(["'])(.*?)\3|trimmed[^%]*%\}(.*?)\{%""", re.DOTALL)
# Sentences have a period at their end, and links don't.
OTHER_VERB = re.compile(
    r"^(?:See (?!what\b|why\b|how\b|who\b)|View (?:what|why|how|who)\b|Go to (?!the\b|your\b)).*[^.]$"
)


def labels() -> Iterator[tuple[Path, str]]:
    for path in sources(*PRODUCT):
        for message in messages(path):
            yield path, message
    for path in sorted((ROOT / "templates").rglob("*.html")):
        for found in TRANSLATED.findall(path.read_text(encoding="utf-8")):
            yield path, "".join(found[1::2]) or found[4]


def has_other_verb(label: str) -> bool:
    return bool(OTHER_VERB.match(" ".join(label.split())))


def test_links_to_something_say_view() -> None:
    assert [(name(path), label) for path, label in labels() if has_other_verb(label)] == []


@pytest.mark.parametrize(
    "label", ["See request", "See the {{ count }} requests", "View what happened", "Go to requests"]
)
def test_another_verb_is_found(label: str) -> None:
    assert has_other_verb(label)


@pytest.mark.parametrize(
    "label", ["View request", "See why", "See what is left to set up", "See the log before you go."]
)
def test_a_fitting_verb_is_not_found(label: str) -> None:
    assert not has_other_verb(label)


def test_no_link_is_red_and_a_button_that_leads_to_a_confirmation_is_quiet() -> None:
    red = re.compile(r"<a\b[^>]*\bdanger\b")
    assert [name(path) for path in sorted((ROOT / "templates").rglob("*.html")) if red.search(path.read_text())] == []
