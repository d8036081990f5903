"""How many references are in, in words."""

from __future__ import annotations

import re

import pytest

from requests_app.text import references_in
from scripts.stack.stack import ROOT


@pytest.mark.parametrize(
    ("answered", "requested", "words"),
    [(0, 1, "0 of 1 reference"), (1, 1, "1 of 1 reference"), (1, 2, "1 of 2 references")],
)
def test_the_number_asked_for_decides_the_plural(answered: int, requested: int, words: str) -> None:
    assert references_in(answered, requested) == words


def test_no_page_counts_one_reference_in_the_plural() -> None:
    one_form = re.compile(r"\{% blocktranslate(?![^%]* count )[^%]*%\}[^%]*\{\{ \w+ \}\} of \{\{ \w+ \}\} references")
    pages = sorted((ROOT / "templates").rglob("*.html"))
    assert [page.name for page in pages if one_form.search(page.read_text(encoding="utf-8"))] == []
