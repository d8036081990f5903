"""Signed-in pages load both stylesheets, so a class must not mean different things in the two."""

from __future__ import annotations

import re

from scripts.stack.stack import ROOT

COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
# Between parentheses a comma doesn't separate two selectors.
COMMA = re.compile(r",(?![^()]*\))")


def classes(css: str) -> set[str]:
    """The classes that a rule outside media and container queries styles wherever they are."""
    depth, head, found = 0, "", set()
    for char in COMMENT.sub("", css):
        if char == "{":
            if depth == 0:
                found |= {each.strip() for each in COMMA.split(head)}
            depth, head = depth + 1, ""
        elif char == "}":
            depth, head = depth - 1, ""
        else:
            head += char
    return {selector for selector in found if re.fullmatch(r"\.[\w-]+", selector)}


def test_the_stylesheet_of_signed_in_pages_gives_no_class_a_second_meaning() -> None:
    base, staff = (
        classes((ROOT / "static" / "css" / name).read_text(encoding="utf-8")) for name in ("base.css", "staff.css")
    )
    assert {".card", ".data"} <= base | staff
    assert base & staff == set()


def test_only_classes_styled_everywhere_are_compared() -> None:
    css = ".a, .b > :is(.c, .d) { order: 1; } /* .e { } */ @media print { .f { order: 1; } } .g .h { order: 1; }"
    assert classes(css) == {".a"}
