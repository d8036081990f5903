"""People's names as they are typed: one name only, with titles, or “Last, First”; and what to call a person."""

import re

from crosschq.core.text.characters import one_line
from crosschq.core.text.names import find_link, harmless

# Titles before a name, without their dots. Words that are also names are titles only with a dot: Phil, Med.
TITLES = frozenset(
    re.findall(
        r"[^|]+",
        "dr|drs|prof|professor|mr|mrs|ms|mx|miss|mister|sir|dame|rev|herr|frau|mme|mlle|madame|monsieur|señor|señora"
        "|sra|srta|dott|dottssa|avv|mgr|pani|dipl-ing|dr-ing",
    )
)
DOTTED_TITLES = frozenset(
    re.findall(
        r"[^|]+",
        "med|phil|rer|nat|jur|pol|oec|habil|hc|h|c|dent|vet|ing|dipl|theol|pharm|iur|techn|univ|sr|fr|hon|capt|col|lt"
        "|sgt|lic|arq|mag|bc",
    )
)
# What follows a name, without its dots.
SUFFIXES = frozenset(
    ["jr", "sr", "iii", "phd", "esq", "mba", "cpa", "cfa", "msc", "bsc", "llm", "pmp", "dds", "dr", "prof", "ing"]
)
CAPITAL_SUFFIXES = frozenset({"II", "IV", "MD", "MA", "BA", "RN"})  # in small letters these are names: Md, Ma
# What people enter where a form demands a first and a last name and they have one.
NO_NAMES = frozenset({"fnu", "lnu", "n/a", "xxx"})
INITIAL = re.compile(r"(?:[^\W\d_]\.-?)+|[^\W\d_]")


def short_name(first: str, last: str = "") -> str:
    """What to call a person: the first name, else the whole name, but never just a title or an initial.

    With one argument, a whole name: the first word in it that is a name. Empty if the text names nobody.
    """
    whole = full_name(first, last)
    if not names_someone(whole):
        return ""
    if not last:
        given, family = split_name(whole)
        return _callable(given.split()[:1], given.split(), whole) if family else whole
    words = _without_titles(first_and_last(first, last)[0].split())
    return _callable(words, words, whole)


def tidy_name(text: str) -> str:
    """One name on one line; empty if it names nobody."""
    text = _tidy(text)
    return text if any(letter.isalpha() for letter in text) and text.casefold() not in NO_NAMES else ""


def names_someone(text: str) -> bool:
    """Whether this is more than titles, dots and what people enter instead of a name."""
    return any(tidy_name(word) for word in _without_titles(text.split()))


def full_name(first: str, last: str = "") -> str:
    """The name as one text, in reading order: Anna Müller for “Müller, Anna”."""
    if last:
        return " ".join(filter(None, first_and_last(first, last)))
    parts, suffix = _at_commas(first)
    return f"{' '.join(reversed(parts)) if len(parts) == 2 else ', '.join(parts)}{suffix}"


def split_name(whole: str) -> tuple[str, str]:
    """The first and the last name of a whole name, without titles. A person with one name has no last name."""
    parts, suffix = _at_commas(whole)
    if len(parts) == 2 and (given := _without_titles(parts[1].split())):
        return " ".join(given), f"{parts[0]}{suffix}"
    words = _without_titles(full_name(whole).split())
    if len(words) < 2:
        return full_name(whole), ""
    return words[0].strip(","), " ".join(words[1:])


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
    while len(parts) > 1 and all(map(_is_suffix, parts[-1].split())):
        suffix = f", {parts.pop()}{suffix}"
    return parts, suffix


def _callable(words: list[str], all_words: list[str], whole: str) -> str:
    """The words, and the next ones while all are initials; the whole name if there is nothing else."""
    if not words:
        return whole
    taken = list(words)
    rest = all_words[len(words) :]
    while taken and all(INITIAL.fullmatch(word) for word in taken):
        if not rest:
            return whole
        taken.append(rest.pop(0))
    return " ".join(taken).strip(",")


def _without_titles(words: list[str]) -> list[str]:
    """The words from the first one that is a name."""
    start = 0
    while start < len(words) and (_is_title(words[start]) or not tidy_name(words[start])):
        start += 1
    return words[start:]


def _is_title(word: str) -> bool:
    bare = _bare(word)
    return bare in TITLES or (word.endswith(".") and bare in DOTTED_TITLES)


def _is_suffix(word: str) -> bool:
    return _bare(word) in SUFFIXES or word.strip(",").replace(".", "") in CAPITAL_SUFFIXES


def _bare(word: str) -> str:
    return word.strip(",").replace(".", "").casefold()


def _tidy(text: str) -> str:
    return one_line(text).strip(" ,;")
