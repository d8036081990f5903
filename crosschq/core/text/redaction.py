"""Remove a person's name and addresses from sentences that are kept."""

import re
from collections.abc import Iterable


def redact(text: str, words: Iterable[str], *, by: str) -> str:
    """Replace each of these words in the text, in any letter case, except inside a longer word."""
    # Longest first, because an address may contain a name.
    for word in sorted(filter(None, map(str.strip, words)), key=len, reverse=True):
        spaced = r"\s+".join(map(re.escape, word.split()))
        text = re.sub(rf"(?<!\w){spaced}(?!\w)", lambda _found: by, text, flags=re.IGNORECASE)
    return text
