"""The forms in which a word may be stored."""

import json
from collections.abc import Iterable


def spellings(words: Iterable[str]) -> list[str]:
    """Each word as is, and as JSON writes it."""
    found: dict[str, None] = {}
    for word in filter(None, map(str.strip, words)):
        found |= dict.fromkeys([word, json.dumps(word, ensure_ascii=False)[1:-1], json.dumps(word)[1:-1]])
    return list(found)


def is_in(text: str | bytes, words: Iterable[str]) -> bool:
    """Whether one of these spellings is in the text, in any letter case."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", errors="replace")
    text = text.casefold()
    return any(word.casefold() in text for word in words)
