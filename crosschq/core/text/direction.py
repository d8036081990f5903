"""Names that run from right to left, in sentences that run from left to right (Unicode Annex 9).

Without isolation, the digits and commas next to such a name change places. Pages use the filter `bdi`.
"""

import re

_LETTERS = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff"
# Right-to-left words, with anything between and inside them.
RUN = re.compile(f"[{_LETTERS}](?:[{_LETTERS}\\s.'\"\u2019\u200c-\u200f-]*[{_LETTERS}])?")
FIRST_STRONG_ISOLATE, POP_ISOLATE = "\u2068", "\u2069"


def isolated(name: str) -> str:
    """The name for a sentence in plain text: between isolates if a part of it runs from right to left."""
    return f"{FIRST_STRONG_ISOLATE}{name}{POP_ISOLATE}" if RUN.search(name) else name
