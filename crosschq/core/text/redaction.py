"""Takes a person's name and addresses out of sentences that are kept."""

import re
from collections.abc import Iterable
from typing import Any


def redact(text: str, words: Iterable[str], *, by: str) -> str:
    """The text with each of these words replaced, in any letter case. A word inside a longer one stays."""
    # The longest first: an address may contain a name.
    for word in sorted(filter(None, map(str.strip, words)), key=len, reverse=True):
        spaced = r"\s+".join(map(re.escape, word.split()))
        text = re.sub(rf"(?<!\w){spaced}(?!\w)", lambda _found: by, text, flags=re.IGNORECASE)
    return text


def redact_json(value: Any, words: Iterable[str], *, by: str) -> Any:
    """The same for every text inside a JSON value."""
    words = list(words)
    if isinstance(value, str):
        return redact(value, words, by=by)
    if isinstance(value, list):
        return [redact_json(each, words, by=by) for each in value]
    if isinstance(value, dict):
        return {key: redact_json(each, words, by=by) for key, each in value.items()}
    return value
