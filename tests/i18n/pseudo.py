"""A language that no one speaks: every text of the catalog comes out accented, longer, and between brackets.

`⟦Ŕéqũüéšţš⟧` can still be read, so a page shows at a glance what did not go through gettext, and what did not fit.
No catalog is compiled for it: what the code passes to gettext is transformed on request.
"""

from __future__ import annotations

import re

LANGUAGE = "en-xa"
OPEN, CLOSE = "⟦", "⟧"
_PLAIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ACCENTED = "ÅƁÇÐÉƑĜĤÎĴĶĻṀÑÖÞǪŔŠŢÛṼŴẊÝŽåƀçðéƒĝĥîĵķļɱñöþǫŕšţûṽŵẋýž"
_ACCENTS = str.maketrans(_PLAIN, _ACCENTED)
# Kept as they are: placeholders of both kinds, tags, entities, addresses of pages and of people.
_KEPT = re.compile(
    r"%\(\w+\)[-+ #0]*\d*(?:\.\d+)?[a-zA-Z]|%%|%[sd]|\{\w*\}|<[^>]*>|&#?\w+;|https?://\S+|\b[\w.]+@[\w.]+\b|\s+"
)
_VOWELS = re.compile(r"[AEIOUaeiou]")
# Django asks with a context in front of the text.
_CONTEXT = "\x04"


class PseudoCatalog:
    """What Django's translation machinery asks of a language."""

    def gettext(self, text: str) -> str:
        return accented(text.rpartition(_CONTEXT)[2])

    def ngettext(self, one: str, many: str, number: float) -> str:
        return self.gettext(one if number == 1 else many)

    def language(self) -> str:
        return LANGUAGE

    def to_language(self) -> str:
        return LANGUAGE


def accented(text: str) -> str:
    """The text with every vowel doubled, which makes it about 40% longer, like German."""
    if not text.strip():
        return text
    parts, end = [], 0
    for kept in _KEPT.finditer(text):
        parts += [_longer(text[end : kept.start()]), kept.group()]
        end = kept.end()
    return OPEN + "".join(parts) + _longer(text[end:]) + CLOSE


def _longer(text: str) -> str:
    return _VOWELS.sub(lambda vowel: vowel.group() + vowel.group().lower(), text).translate(_ACCENTS)
