"""Remove a person's name and addresses from sentences that are kept."""

import re
import unicodedata
from collections.abc import Iterable

from crosschq.core.text.characters import SAME_MARKS

# Scripts that put no space between a name and the next word, as the first word of their letters' Unicode names.
UNSPACED = ("CJK", "HANGUL", "HIRAGANA", "KATAKANA", "IDEOGRAPHIC", "THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN")


def redact(text: str, words: Iterable[str], *, by: str) -> str:
    """Replace each of these words in the text, in any letter case, except inside a longer word.

    A name of one word is only replaced where it is capitalized: May, but not may.
    """
    composed = unicodedata.normalize("NFC", text)
    found = composed
    # Longest first, because an address may contain a name.
    for word in sorted(filter(None, map(str.strip, words)), key=len, reverse=True):
        found = _replaced(found, unicodedata.normalize("NFC", word), by)
    return found if found != composed else text


def is_whole_name(name: str) -> bool:
    """Whether the name has several words, or would have in a script with spaces. One word may be anyone's."""
    return len(name.split()) > 1 or (len(name) > 1 and is_unspaced(name))


def is_unspaced(word: str) -> bool:
    """Whether all letters are of scripts without spaces around a name."""
    letters = [letter for letter in word if not letter.isspace()]
    return bool(letters) and all(unicodedata.name(letter, "").startswith(UNSPACED) for letter in letters)


def _replaced(text: str, word: str, by: str) -> str:
    may_be_any_word = word.isalpha()

    def one(match: re.Match[str]) -> str:
        return match[0] if may_be_any_word and match[0][0].islower() else by

    return re.sub(_pattern(word), one, text, flags=re.IGNORECASE)


def _pattern(word: str) -> str:
    if is_unspaced(word) and len(word) > 1:
        return r"\s*".join(_letter(letter) for letter in word if not letter.isspace())
    return r"(?<!\w)" + r"\s+".join("".join(map(_letter, part)) for part in word.split()) + r"(?!\w)"


def _letter(letter: str) -> str:
    """The letter; a quote or a dash in each form in which people type it."""
    plain = letter.translate(SAME_MARKS)
    same = [chr(code) for code, mark in SAME_MARKS.items() if mark == plain]
    return f"[{''.join(map(re.escape, (plain, *same)))}]" if same else re.escape(letter)
