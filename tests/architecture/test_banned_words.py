"""Docs, docstrings, templates and messages keep to the glossary and to plain American English."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from scripts.stack.stack import ROOT
from tests.sources import PRODUCT, calls, name, nodes, sources

GETTEXT = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy", "gettext_noop"}
DETERMINERS = "(?:a|an|the|this|that|each|every|no|one|another|first|last|same|second)"
# Each with what to write instead.
BANNED = {
    r"whoever": "anyone who, the person who",
    r"whom": "who, that, or another sentence",
    r"somebody": "someone",
    r"anybody": "anyone",
    r"stands(?! for\b)": "is",
    r"(?:is|are|was|were|be|been|being) told": "hears, learns, or an active sentence",
    r"comes? to be": "becomes",
    r"of itself": "on its own",
    r"as ever": "as before",
    r"at once": "now, or at the same time",
    r"lets? go": "release, drop",
    r"tick(?:s|ed|ing)?": "check the box",
    r"e-mail(?:s|ed)?": "email",
    r"mails|mailed": "emails, emailed",
    rf"{DETERMINERS} mail(?! (?:server|provider))": "email",
    r"cancelled": "canceled",
    r"by hand": "manually",
    r"themself": "themselves",
    r"fresh links?": "new link",
    r"in full": "completely",
    r"once more": "again",
    r"written to(?! (?:a|an|the|its) (?:file|database|log|socket|disk|table))": "emailed, texted",
}
PATTERN = re.compile(rf"\b(?:{'|'.join(BANNED)})\b".replace(" ", r"\s+"), re.IGNORECASE)
# A file and a phrase that it may use.
ALLOWED: set[tuple[str, str]] = set()
SPOKEN_ATTRIBUTES = re.compile(
    r"""\b(?:aria-label|title|placeholder|alt|data-[a-z-]*(?:label|text))=(["'])(.*?)\1""", re.DOTALL
)


def banned(text: str) -> list[str]:
    """The banned words in a text, without what is in backticks: code, slugs, keys."""
    without_code = re.sub(r"```.*?```|``?[^`]*``?", " ", text, flags=re.DOTALL)
    return [" ".join(found.lower().split()) for found in PATTERN.findall(without_code)]


def template_text(source: str) -> str:
    """What a reader sees of a template, and its comments."""
    literals = re.findall(r"\{%[^%]*?([\"'])(.*?)\1[^%]*?%\}", source)
    spoken = SPOKEN_ATTRIBUTES.findall(source)
    rest = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", " ", source, flags=re.DOTALL)
    rest = re.sub(r"<(?!--)[^>]*>", " ", rest)
    return "\n".join([rest, *(text for _, text in literals if " " in text), *(text for _, text in spoken)])


def messages(path: Path) -> Iterator[str]:
    for written, call in calls(path):
        if written.rpartition(".")[2] in GETTEXT:
            yield from (arg.value for arg in call.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str))


def docstrings(path: Path) -> Iterator[str]:
    for node in nodes(path):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield ast.get_docstring(node) or ""


@cache
def texts() -> tuple[tuple[Path, str], ...]:
    return tuple(_texts())


def _texts() -> Iterator[tuple[Path, str]]:
    for path in sources(*PRODUCT, "sandbox", "scripts", "bench", "tests"):
        yield path, "\n".join((*messages(path), *docstrings(path)))
    for folder in ("templates", "sandbox/templates"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".html", ".txt", ".xml"):
                yield path, template_text(path.read_text(encoding="utf-8"))
    for path in (
        *sorted(ROOT.glob("*.md")),
        *sorted((ROOT / "docs").rglob("*.md")),
        ROOT / ".env.example",
        ROOT / "Makefile",
    ):
        yield path, path.read_text(encoding="utf-8")


def test_no_text_uses_a_banned_word() -> None:
    found = [(name(path), word) for path, text in texts() for word in banned(text)]
    assert [one for one in found if one not in ALLOWED] == []
    assert set(found) & ALLOWED == ALLOWED, "an exception that is no longer needed leaves the list"


def test_texts_have_straight_apostrophes() -> None:
    assert [name(path) for path, text in texts() if "\u2019" in text] == []


@pytest.mark.parametrize(
    "text",
    [
        *("Whoever opens it", "Somebody asked", "A link stands in the email", "The owner is told", "Do it at once"),
        *("Tick the box", "Answer the mail", "Your e-mail", "The mails went out", "It was cancelled", "Send by hand"),
        *("Try once more", "Others were not written to", "at\nonce", "Sent to themself"),
    ],
)
def test_a_banned_word_is_found(text: str) -> None:
    assert banned(text)


@pytest.mark.parametrize(
    "text",
    [
        "The mail server refused it",
        "The state `cancelled` stays",
        "ATS stands for …",
        "It is written to the log",
        "ticket",
    ],
)
def test_a_legitimate_use_is_not_found(text: str) -> None:
    assert not banned(text)


def test_the_text_of_a_template_is_what_people_read() -> None:
    text = template_text('<p class="tick" title="Somebody">{{ mails }}{% translate "By hand" %}{# at once #}</p>')
    assert sorted(banned(text)) == ["at once", "by hand", "somebody"]
