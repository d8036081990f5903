"""People's names as they are typed: one name only, with titles, or “Last, First”; and what to call a person."""

import re

from crosschq.core.text.characters import one_line, trim
from crosschq.core.text.name_parts import (
    has_patronymic_last,
    is_abbreviation,
    is_family_first,
    is_particle,
    is_suffix,
    is_title,
    length_of_given,
)
from crosschq.core.text.names import find_link, harmless

# What people enter where a form demands a first and a last name and they have one.
NO_NAMES = frozenset({"fnu", "lnu", "n/a", "xxx"})
INITIAL = re.compile(r"(?:[^\W\d_]\.-?)+|[^\W\d_]")
HONORARY = ["h.", "c."]  # after Dr.; alone, these are initials
IN_BRACKETS = re.compile(r"\s+\([^()]*\)$")  # such as pronouns
PAIRS = ("“”", "\u2018\u2019", "«»", "()", "[]", '""')


def short_name(first: str, last: str = "") -> str:
    """What to call a person: the first name, else the whole name, but never just a title or an initial.

    With one argument, a whole name: the first word in it that is a name. Empty if the text names nobody.
    """
    whole = full_name(first, last)
    if not names_someone(whole):
        return ""
    if is_family_first(whole.split()):
        return whole
    if last:
        first = first_and_last(first, last)[0]
        return _callable(_without_titles((IN_BRACKETS.sub("", first) or first).split()), [], whole)
    given, family = split_name(whole)
    words = given.split()
    count = length_of_given(words)
    return _callable(words[:count], [*words[count:], *family.split()], whole) if family else given


def given_and_initial(whole: str) -> str:
    """Priya N. for Priya Nair. A name whose family name comes first stays whole."""
    called = short_name(whole)
    if is_family_first(whole.split()):
        return called
    letter = _first_letter(split_name(whole)[1].partition(",")[0].split()[-1:])
    return f"{called} {letter}." if letter else called


def initial_and_family(whole: str) -> str:
    """P. Nair for Priya Nair. A name whose family name comes first stays whole."""
    if is_family_first(whole.split()):
        return whole
    given, family = split_name(whole)
    letter = _first_letter(given.split()[:1])
    return f"{letter}. {family}" if family and letter else given


def tidy_name(text: str) -> str:
    """One name on one line; empty if it names nobody."""
    text = _tidy(text)
    return text if any(letter.isalpha() for letter in text) and text.casefold() not in NO_NAMES else ""


def names_someone(text: str) -> bool:
    """Whether this is more than titles, dots and what people enter instead of a name."""
    return any(tidy_name(word) for word in _without_titles(text.split()))


def full_name(first: str, last: str = "") -> str:
    """The name as one text, in reading order: Anna Müller for “Müller, Anna”, and 田中 太郎 for 太郎 and 田中."""
    if last:
        names = first_and_last(first, last)
        return " ".join(filter(None, reversed(names) if is_family_first(names) else names))
    parts, suffix = _at_commas(first)
    return f"{' '.join(reversed(parts)) if len(parts) == 2 else ', '.join(parts)}{suffix}"


def split_name(whole: str) -> tuple[str, str]:
    """The first and the last name of a whole name, without titles. A person with one name has no last name."""
    parts, suffix = _at_commas(whole)
    if len(parts) == 2 and (given := _without_titles(parts[1].split())):
        return " ".join(given), f"{parts[0]}{suffix}"
    text = full_name(whole)
    words = _without_titles(text.split())
    if len(words) == 1 and not any(map(is_title, text.split())):
        return words[0], ""
    if len(words) < 2 or (is_particle(words[0]) and text != text.lower()):
        return text, ""
    if is_family_first(words) or has_patronymic_last(words):
        return _ends_tidied(words[1:]), words[0]
    count = length_of_given(words)
    return _ends_tidied(words[:count]), _ends_tidied(words[count:])


def first_and_last(first: str, last: str) -> tuple[str, str]:
    """The two names as an ATS has them, tidied. A single name is the first; “Müller, Anna” in one field is split."""
    first, last = tidy_name(first), tidy_name(last)
    if bool(first) == bool(last):
        return first, last
    parts, suffix = _at_commas(first or last)
    return (parts[1], f"{parts[0]}{suffix}") if len(parts) == 2 else (first or last, "")


def harmless_names(first: str, last: str) -> tuple[str, str]:
    """The two names of an ATS without links and phone numbers, also as one text.

    If each has a part of a link, they become one name.
    """
    first, last = (tidy_name(harmless(name)) for name in first_and_last(first, last))
    both = f"{first} {last}"
    if find_link(both):
        return tidy_name(harmless(both)), ""
    return (first, last) if first else (last, "")


def _at_commas(name: str) -> tuple[list[str], str]:
    """The name's parts at its commas, and the suffixes at its end, such as “, PhD”."""
    parts, suffix = [part for each in name.split(",") if (part := _tidy(each))], ""
    while len(parts) > 1 and all(map(is_suffix, parts[-1].split())):
        suffix = f", {parts.pop()}{suffix}"
    return parts, suffix


def _callable(words: list[str], rest: list[str], whole: str) -> str:
    """The words, and the next ones while all are initials; the whole name if there is nothing else."""
    taken = list(words)
    while all(INITIAL.fullmatch(word) or is_abbreviation(word) for word in taken):
        if not rest or is_particle(rest[0]):
            return whole
        taken.append(rest.pop(0))
    return _unwrapped(_ends_tidied(taken))


def _first_letter(words: list[str]) -> str:
    return next((letter for word in words for letter in word if letter.isalpha()), "")


def _unwrapped(name: str) -> str:
    """The name without the quotes or brackets around it."""
    return name[1:-1] if len(name) > 2 and name[0] + name[-1] in PAIRS else name


def _without_titles(words: list[str]) -> list[str]:
    """The words from the first one that is a name."""
    start = 0
    while start < len(words) and (is_title(words[start]) or not tidy_name(words[start])):
        start += 1
        if words[start : start + 2] == HONORARY:
            start += 2
    return words[start:]


def _ends_tidied(words: list[str]) -> str:
    return trim(" ".join(words)).strip(" ,")


def _tidy(text: str) -> str:
    return one_line(text).strip(" ,;")
