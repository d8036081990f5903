"""Small helpers for sentences: names that cannot bend a line, subjects that fit, days."""

import re
import unicodedata
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils import formats

SUBJECT_CHARACTERS = 50

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


def fitted(pattern: str, **names: str) -> str:
    """A subject of at most 50 characters: the names in it share what the pattern's own words leave."""
    names = {key: plain(name) for key, name in names.items()}
    for room in range(max(map(len, names.values()), default=0), 7, -1):
        subject = pattern % {key: short(name, room) for key, name in names.items()}
        if len(subject) <= SUBJECT_CHARACTERS:
            return subject
    return pattern % {key: short(name, 8) for key, name in names.items()}


def day(moment: datetime, time_zone: str, *, with_year: bool = False) -> str:
    """For example "29 November" or "29 November 2026", in that time zone."""
    return formats.date_format(moment.astimezone(ZoneInfo(time_zone)), "j F Y" if with_year else "j F")


def initial(name: str) -> str:
    """ "Priya N." of "Priya Nair"."""
    words = plain(name).split()
    return f"{words[0]} {words[-1][0]}." if len(words) > 1 else plain(name)
