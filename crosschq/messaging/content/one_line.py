"""What people typed, made fit for one line."""

import re
import unicodedata

# Overrides and isolates of direction (Unicode Annex 9) turn the text that follows around. Marks stay: names need them.
BIDI_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")


def plain(text: str) -> str:
    """The text as one line, without control characters and without overrides of direction."""
    spaced = "".join(" " if unicodedata.category(letter) in ("Cc", "Zl", "Zp") else letter for letter in text)
    return " ".join(BIDI_CONTROLS.sub("", spaced).split())


def short(text: str, room: int) -> str:
    """The text in at most `room` characters, cut after a word where one ends in time."""
    text = plain(text)
    if len(text) <= room:
        return text
    cut = text[: max(room - 1, 1)]
    head, space, _ = cut.rpartition(" ")
    return f"{head if space and len(head) > room // 2 else cut}…"
