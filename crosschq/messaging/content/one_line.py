"""Make text fit on one line."""

import re
import unicodedata

# Direction overrides and isolates (Unicode Annex 9) reverse the text that follows. Marks stay, since names need them.
BIDI_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")


def plain(text: str) -> str:
    """The text on one line, without control characters and direction overrides."""
    spaced = "".join(" " if unicodedata.category(letter) in ("Cc", "Zl", "Zp") else letter for letter in text)
    return " ".join(BIDI_CONTROLS.sub("", spaced).split())


def short(text: str, room: int) -> str:
    """Shorten the text to at most `room` characters, after a whole word if possible."""
    text = plain(text)
    if len(text) <= room:
        return text
    cut = text[: max(room - 1, 1)]
    head, space, _ = cut.rpartition(" ")
    return f"{head if space and len(head) > room // 2 else cut}…"
