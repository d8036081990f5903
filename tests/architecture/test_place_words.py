"""No text says where on the screen something is: on a phone, in an email or read aloud, it is elsewhere.

Words such as "here" and "this page" are true everywhere.
"""

from __future__ import annotations

import re

import pytest

from scripts.stack.stack import ROOT
from tests.architecture.test_banned_words import messages, template_text
from tests.sources import PRODUCT, sources

PLACES = re.compile(
    r"\b(?:above|below|beneath|underneath|beside|next to|opposite|overleaf|on the (?:left|right)|to the (?:left|right)"
    r"|at the (?:top|bottom|side)|(?:left|right)[- ]hand|upper|lower|(?:top|bottom) of (?:this|the) page)\b",
    re.IGNORECASE,
)
# Texts in which the word means something else.
ALLOWED = {
    "Put “The secret link” on its own line, with an empty line above and below.": "the lines of a text",
    "send the request to the right one": "the correct one",
}


def places(text: str) -> list[str]:
    for allowed in ALLOWED:
        text = text.replace(allowed, "")
    return PLACES.findall(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Open it below.", ["below"]),
        ("The switch on the right turns it on", ["on the right"]),
        ("See the bottom of this page", ["bottom of this page"]),
        ("the next topic, the right address, the page here", []),
    ],
)
def test_words_that_say_where_something_is_are_found(text: str, found: list[str]) -> None:
    assert places(text) == found


def test_no_text_of_the_interface_or_of_an_email_says_where_something_is() -> None:
    said = {path: "\n".join(messages(path)) for path in sources(*PRODUCT)}
    for path in (ROOT / "templates").rglob("*"):
        if path.is_file() and "styleguide" not in path.parts:
            said[path] = re.sub(r"\{#.*?#\}|<!--.*?-->", " ", template_text(path.read_text(encoding="utf-8")))
    found = {str(path.relative_to(ROOT)): places(text) for path, text in said.items()}
    assert {path: words for path, words in found.items() if words} == {}
