"""Invisible characters: removed at the ends of input, reported inside it, and ignored in comparisons."""

import re
import unicodedata
from collections.abc import Collection

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


def _range(first: int, last: int) -> frozenset[str]:
    return frozenset(map(chr, range(first, last + 1)))


# Unicode's property Default_Ignorable_Code_Point (DerivedCoreProperties.txt).
IGNORABLE = (
    frozenset("\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u3164\ufeff\uffa0")
    | _range(0x180B, 0x180F)
    | _range(0x200B, 0x200F)
    | _range(0x202A, 0x202E)
    | _range(0x2060, 0x206F)
    | _range(0xFE00, 0xFE0F)
    | _range(0xFFF0, 0xFFF8)
    | _range(0x1BCA0, 0x1BCA3)
    | _range(0x1D173, 0x1D17A)
    | _range(0xE0000, 0xE0FFF)
)
# Correct spelling of Persian and Indic names needs joiners. Emoji and Japanese names need variation selectors.
JOINERS = frozenset("\u200c\u200d")
VARIATION_SELECTORS = _range(0xFE00, 0xFE0F) | _range(0xE0100, 0xE01EF)
# Mixed text in two directions may need marks, which don't reverse letters as overrides do.
MARKS = frozenset("\u200e\u200f\u061c")
# Letters that render as nothing, so that a name looks empty or like another one.
BLANK_LETTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
# At the ends, these are left over from copying. A variation selector there belongs to the emoji before it.
LEFT_OVER = (IGNORABLE - VARIATION_SELECTORS) | BLANK_LETTERS
IN_NAMES = JOINERS | MARKS | VARIATION_SELECTORS
# Scripts whose letters never need a joiner or a variation selector, as the first word of their Unicode names.
WITHOUT_JOINERS = ("LATIN", "GREEK", "CYRILLIC", "FULLWIDTH", "GEORGIAN", "ARMENIAN", "HANGUL", "HEBREW", "THAI")
# People and phones use these interchangeably: straight and curly quotes, hyphens and dashes.
SAME_MARKS = str.maketrans(
    {
        **dict.fromkeys("`\u02b9\u02bb\u02bc\u02bd\u02c8\u2018\u2019\u201a\u201b\u2032", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb", '"'),
        **dict.fromkeys("\u2010\u2012\u2013\u2014\u2015\u2212", "-"),
    }
)
# What NFKC makes of an acute accent that someone typed as an apostrophe.
ACUTE_ALONE = " \u0301"
SPACE = re.compile(r"\s")
# Turkish has two letters i, which people often mix up in capitals or on other keyboards.
TURKISH_I = re.compile("i\u0307+|\u0131\u0307*")
SHOWN_BEFORE = 20


def trim(text: str) -> str:
    """Remove spaces, control characters, and invisible characters from both ends of the text."""
    start, end = 0, len(text)
    while start < end and _is_left_over(text[start]):
        start += 1
    while end > start and _is_left_over(text[end - 1]):
        end -= 1
    return text[start:end]


def refuse_invisible(text: str, *, allowed: Collection[str] = IN_NAMES) -> None:
    """Form validator for trimmed text. Raises ValidationError with the first invisible character and its place."""
    for index, letter in enumerate(text):
        if _is_invisible(letter) and (letter not in allowed or _is_stray(text, index)):
            before = text[:index].rpartition("\n")[2][-SHOWN_BEFORE:]
            words = {"name": character_name(letter), "before": before}
            sentence = _("There is an invisible character (%(name)s) after “%(before)s”. Retype the text.")
            if not before.strip():
                sentence = _("There is an invisible character (%(name)s) at the start. Retype the text.")
            raise ValidationError(sentence, params=words, code="invisible")


def one_line(text: str) -> str:
    """Put outside text on one line, without control characters and characters that hide or reverse letters."""
    kept = (
        letter
        for index, letter in enumerate(text)
        if not (letter in IGNORABLE or letter in BLANK_LETTERS) or (letter in IN_NAMES and not _is_stray(text, index))
    )
    spaced = "".join(" " if unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") else letter for letter in kept)
    return " ".join(spaced.split())


def comparison_key(text: str) -> str:
    """The text as people compare it: NFKC, case-folded, without invisible characters and extra spaces.

    `Straße`, ` STRASSE `, and `Stra­sse` have the same key, and so have texts with other kinds of quotes and dashes.
    The key of a key is itself.
    """
    if text.isascii():
        return " ".join(text.lower().translate(SAME_MARKS).split())
    # Unicode's NFKC_Casefold (section 3.13.5): some letters change again once they are decomposed.
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFD", text)).casefold()
    folded = unicodedata.normalize("NFKC", folded).casefold()
    bare = TURKISH_I.sub("i", "".join(letter for letter in folded if letter not in IGNORABLE))
    # All spaces alike first: an accent after a line separator is as alone as one after a space.
    spaced = SPACE.sub(" ", unicodedata.normalize("NFKC", bare))
    marked = spaced.replace(ACUTE_ALONE, "'").translate(SAME_MARKS)
    return " ".join(marked.split())


def search_words(text: str) -> list[str]:
    """The words that a search must find, in any order, without the comma of “Last, First”."""
    return [bare for word in text.split() if (bare := word.strip(",;"))]


def storable(text: str) -> str:
    """Remove NUL and lone surrogates, which JSON may contain but PostgreSQL can't store."""
    return text.replace("\x00", "").encode("utf-8", "ignore").decode()


def character_name(letter: str) -> str:
    """The character's Unicode name, such as soft hyphen, or U+0007 if it has none."""
    return unicodedata.name(letter, "").lower() or f"U+{ord(letter):04X}"


def _is_left_over(letter: str) -> bool:
    return letter.isspace() or letter in LEFT_OVER or unicodedata.category(letter) in ("Cc", "Cs")


def _is_stray(text: str, index: int) -> bool:
    """Whether a joiner or a variation selector follows a letter that can't need one, or nothing."""
    before = text[index - 1] if index else ""
    stands_alone = not before or before.isspace() or unicodedata.name(before, "").startswith(WITHOUT_JOINERS)
    return stands_alone and text[index] not in MARKS


def _is_invisible(letter: str) -> bool:
    # Not printable: control and format characters, odd spaces, unassigned and private ones.
    return letter in IGNORABLE or letter in BLANK_LETTERS or not letter.isprintable()
