"""The browser tests judge colors at one width of a phone, because no color depends on it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scripts.stack.stack import ROOT
from tests.browser.rules import NARROWEST, PHONE

PIXELS_PER_REM = 16
SHEETS = sorted((ROOT / "static" / "css").glob("*.css"))
QUERY = re.compile(r"@(?:media|container)[^{]*?width: ([\d.]+)(rem|px)[^{]*\{((?:[^{}]*\{[^{}]*\})*)[^{}]*\}")
COLORS = re.compile(r"(?<![\w.-])(?:color|background|border-color|opacity|filter)\b[^:;{}]*:")


def changes(css: str) -> list[tuple[float, str]]:
    """The widths in pixels at which a query applies, and its rules."""
    return [
        (float(width) * (PIXELS_PER_REM if unit == "rem" else 1), rules) for width, unit, rules in QUERY.findall(css)
    ]


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_no_color_depends_on_how_wide_a_phone_is(sheet: Path) -> None:
    found = changes(sheet.read_text(encoding="utf-8"))
    assert found
    assert [rules for width, rules in found if NARROWEST <= width <= PHONE and COLORS.search(rules)] == []


def test_a_color_that_depends_on_it_is_found() -> None:
    ((width, rules),) = changes("@container (max-width: 22rem) { .a { order: 1; } .b { color: red; } }")
    assert NARROWEST <= width <= PHONE
    assert COLORS.search(rules)
