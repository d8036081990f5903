"""Takes a person's name and addresses out of sentences that are kept."""

import re
from collections.abc import Iterable


def redact(text: str, words: Iterable[str], *, by: str) -> str:
    """The text with each of these words replaced, in any letter case. A word inside a longer one stays."""
    # The longest first: an address may contain a name.
    for word in sorted(filter(None, map(str.strip, words)), key=len, reverse=True):
        spaced = r"\s+".join(map(re.escape, word.split()))
        text = re.sub(rf"(?<!\w){spaced}(?!\w)", lambda _found: by, text, flags=re.IGNORECASE)
    return text
