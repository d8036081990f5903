"""Remove a person's name and addresses from sentences that are kept."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from crosschq.core.text.characters import SAME_MARKS
from crosschq.core.text.name_parts import is_title
from crosschq.core.text.person_names import short_name, split_name

# Scripts that put no space between a name and the next word, as the first word of their letters' Unicode names.
UNSPACED = ("CJK", "HANGUL", "HIRAGANA", "KATAKANA", "IDEOGRAPHIC", "THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN")


# First names that are months: "in May" is more likely than a person.
MONTHS = frozenset({"april", "may", "june", "august"})
# First names that are everyday words, whose capital at the start of a sentence says nothing.
EVERYDAY = frozenset(
    re.findall(
        r"\S+",
        "will mark grace hope faith joy rose bill art drew grant chance frank rich guy summer autumn dawn pat sue chip"
        " chase hunter young long king page cook patience justice major sterling cash bear merry happy honey sunny van"
        " sky storm an do so le my mai sung ernst",
    )
)
# A phone number as people type it, and how many of its last digits identify it, whatever its prefix.
NUMBER = re.compile(r"(?<![\w@.+])\+?\(?\d(?:[\s()./-]{0,3}\d){6,14}(?!\w)")
LAST_DIGITS = 8
NEXT_WORD = re.compile(r"\s+([^\W\d_]{2,})")
BEFORE_SENTENCE = '.!?:;\u2026\n\u2022"\u201c\u201e\u00ab('


@dataclass(frozen=True)
class ShortForms:
    """What people who know someone call them: the first name alone, or a title with the last name. Empty: neither."""

    first: str = ""
    last: str = ""


NO_SHORT_FORMS = ShortForms()


def short_forms(name: str, *, others: Iterable[str]) -> ShortForms:
    """The short forms of a whole name that belong to none of the other people in the same place."""
    if not is_whole_name(name) or is_unspaced(name):
        return NO_SHORT_FORMS
    taken = {word.casefold() for other in others for word in re.findall(r"\w+", other)}
    first, last = short_name(name), split_name(name)[1].partition(",")[0]
    if first == name or len(first) < 2 or first.casefold() in MONTHS or _words(first) & taken:
        first = ""
    return ShortForms(first, "" if _words(last) & taken else last)


def redact(text: str, words: Iterable[str], *, by: str, forms: ShortForms = NO_SHORT_FORMS, at_most: int = 0) -> str:
    """Replace each of these words in the text, in any letter case, except inside a longer word.

    A name of one word is only replaced where it is capitalized: May, but not may. `forms`: replace these too, as far
    as they can't be someone or something else. `at_most`: replace each word only so often; 0 is always.
    """
    composed, words = unicodedata.normalize("NFC", text), list(words)
    found = composed
    # Longest first, because an address may contain a name.
    for word in sorted(filter(None, map(str.strip, words)), key=len, reverse=True):
        found = _replaced(found, unicodedata.normalize("NFC", word), by, at_most)
    found = _without_numbers(found, words, by)
    found = _without_short_forms(found, forms, by)
    return found if found != composed else text


def _without_numbers(text: str, words: Iterable[str], by: str) -> str:
    """The text without the phone numbers among the words, with or without a prefix, and however they are grouped."""
    digits = (re.sub(r"\D", "", word) for word in words if NUMBER.fullmatch(word.strip()))
    ends = {each[-LAST_DIGITS:] for each in digits if len(each) >= LAST_DIGITS}
    if not ends:
        return text
    return NUMBER.sub(lambda match: by if re.sub(r"\D", "", match[0])[-LAST_DIGITS:] in ends else match[0], text)


def _without_short_forms(text: str, forms: ShortForms, by: str) -> str:
    """The text without the first name alone, and without a title and the last name."""

    def titled(match: re.Match[str]) -> str:
        return by if is_title(match[1]) else match[0]

    def first(match: re.Match[str]) -> str:
        return match[0] if _is_other(match) else by

    if forms.last:
        last = _pattern(unicodedata.normalize("NFC", forms.last))
        text = re.sub(rf"(?<!\w)([^\W\d_]+\.?)\s+{last}", titled, text, flags=re.IGNORECASE)
    if forms.first:
        alone = _pattern(unicodedata.normalize("NFC", forms.first))
        text = re.sub(rf"{alone}(?!-\w)", first, text, flags=re.IGNORECASE)
    return text


def _is_other(match: re.Match[str]) -> bool:
    """Whether this first name is an everyday word, or the beginning of another name, such as Morgan Stanley."""
    found, rest = match[0], match.string[match.end() :]
    if found[0].islower():
        return True
    after = NEXT_WORD.match(rest)
    if after and after[1][0].isupper() and not found.isupper():
        return True
    return _begins_sentence(match)


def _begins_sentence(match: re.Match[str]) -> bool:
    """Whether this is an everyday word at the start of a sentence."""
    before = match.string[: match.start()].rstrip(" \t*\u2013\u2014-")
    return match[0].casefold() in EVERYDAY and (not before or before[-1] in BEFORE_SENTENCE)


def _words(name: str) -> set[str]:
    return {word.casefold() for word in re.findall(r"\w+", name)}


def is_whole_name(name: str) -> bool:
    """Whether the name has several words, or would have in a script with spaces. One word may be anyone's."""
    return len(name.split()) > 1 or (len(name) > 1 and is_unspaced(name))


def is_unspaced(word: str) -> bool:
    """Whether all letters are of scripts without spaces around a name."""
    letters = [letter for letter in word if not letter.isspace()]
    return bool(letters) and all(unicodedata.name(letter, "").startswith(UNSPACED) for letter in letters)


def _replaced(text: str, word: str, by: str, at_most: int) -> str:
    may_be_any_word = word.isalpha()
    if len(word) == 1 and not is_unspaced(word):
        return text

    def one(match: re.Match[str]) -> str:
        return match[0] if may_be_any_word and (match[0][0].islower() or _begins_sentence(match)) else by

    return re.sub(_pattern(word), one, text, count=at_most, flags=re.IGNORECASE)


def _pattern(word: str) -> str:
    if is_unspaced(word) and len(word) > 1:
        return r"\s*".join(_letter(letter) for letter in word if not letter.isspace())
    if "@" in word:  # not within someone else's longer address
        return r"(?<![\w.+%-])" + "".join(map(_letter, word)) + r"(?![\w-]|\.\w)"
    # Not after a hyphen: Ann Lee isn't Mary-Ann Lee.
    return r"(?<!\w)(?<!\w-)" + r"\s+".join("".join(map(_letter, part)) for part in word.split()) + r"(?!\w)"


def _letter(letter: str) -> str:
    """The letter; a quote or a dash in each form in which people type it."""
    plain = letter.translate(SAME_MARKS)
    same = [chr(code) for code, mark in SAME_MARKS.items() if mark == plain]
    return f"[{''.join(map(re.escape, (plain, *same)))}]" if same else re.escape(letter)
