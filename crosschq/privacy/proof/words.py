"""The forms in which a word may be stored."""

import json
from collections.abc import Iterable

from crosschq.core.text.redaction import is_unspaced


def spellings(words: Iterable[str]) -> list[str]:
    """Each word as is, without spaces in a script that needs none, and as JSON writes it."""
    found: dict[str, None] = {}
    for given in filter(None, map(str.strip, words)):
        for word in (given, "".join(given.split())) if is_unspaced(given) else (given,):
            found |= dict.fromkeys([word, json.dumps(word, ensure_ascii=False)[1:-1], json.dumps(word)[1:-1]])
    return list(found)


def is_in(text: str | bytes, words: Iterable[str]) -> bool:
    """Whether one of these spellings is in the text, in any letter case."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", errors="replace")
    text = text.casefold()
    return any(word.casefold() in text for word in words)
