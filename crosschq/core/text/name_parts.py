"""Classifies the words of a person's name: titles, suffixes, particles, patronymics, and names that belong together."""

import re
import unicodedata
from collections.abc import Sequence


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\S+", text))


# Titles before a name, without their dots. Words that are also names are titles only with a dot: Phil, Med.
TITLES = _words(
    "dr drs dra prof professor profssa doktor mr mrs ms mx miss mister sir dame rev herr frau fräulein mme mlle"
    " madame monsieur señor señora sra srta dott dottssa avv avvssa sigra signora mgr inż pani dipl-ing dr-ing"
    " mudr rndr phdr judr smt shri डॉ श्री श्रीमती ד\"ר פרופ'"
)
DOTTED_TITLES = _words(
    "med phil rer nat jur pol oec habil hc mult dent vet ing dipl theol pharm iur techn univ sr fr hon capt col"
    " lt sgt maj gen lic arq mag bc doc eng engr adv sig pr ir av د م أ ดร"
)
# What follows a name, without its dots.
SUFFIXES = _words("jr sr iii phd esq mba cpa cfa msc bsc llm pmp dds dr prof ing")
CAPITAL_SUFFIXES = frozenset({"II", "IV", "MD", "MA", "BA", "RN"})  # in small letters these are names: Md, Ma
# Before a family name. A name that starts with one has no first name.
PARTICLES = _words(
    "van von vom zu zum zur de da di del della dos das du des la le los las bin binti bint ibn ben al el ap ter ten"
    " den der af av \u2019t 't"
)
# Short forms of Mohammed, which go with the name that follows. With a dot, any word is an abbreviation: St., Ma.
ABBREVIATIONS = frozenset({"md", "mohd", "muhd"})
# First names of two words, and the article that may come between them.
FIRST_OF_TWO = frozenset({"abd", "abu", "عبد", "أبو", "ابو"})
ARTICLES = frozenset({"al", "el", "ul"})
# In Russian and Ukrainian documents the family name comes first, and the patronymic last.
PATRONYMIC = re.compile(r"[\w\u2019'-]+(?:вич|вна|ична|ьич)")
# The first words of the Unicode names of letters in which the family name is written first.
EAST_ASIAN = ("CJK", "HANGUL", "HIRAGANA", "KATAKANA")


def is_title(word: str) -> bool:
    bare = _bare(word)
    return bare in TITLES or (word.endswith(".") and bare in DOTTED_TITLES)


def is_suffix(word: str) -> bool:
    return _bare(word) in SUFFIXES or word.strip(",").replace(".", "") in CAPITAL_SUFFIXES


def is_particle(word: str) -> bool:
    return word in PARTICLES


def is_abbreviation(word: str) -> bool:
    return word.endswith(".") or word.casefold() in ABBREVIATIONS


def is_family_first(words: Sequence[str]) -> bool:
    """Whether these two or more names are Chinese, Japanese, or Korean. Foreign names in katakana keep their order."""
    letters = [unicodedata.name(letter, "") for letter in "".join(words) if letter.isalpha()]
    return (
        len(words) > 1
        and all(words)
        and all(name.startswith(EAST_ASIAN) for name in letters)
        and not all(name.startswith("KATAKANA") for name in letters)
    )


def length_of_given(words: Sequence[str]) -> int:
    """How many of the words are the first name."""
    if words[0].casefold() in FIRST_OF_TWO:
        return min(len(words), 3 if len(words) > 2 and words[1].casefold() in ARTICLES else 2)
    return 1


def has_patronymic_last(words: Sequence[str]) -> bool:
    """Whether this is a Russian or Ukrainian name in official order: family name, first name, patronymic."""
    return len(words) == 3 and _is_patronymic(words[2]) and not _is_patronymic(words[1])


def _is_patronymic(word: str) -> bool:
    return bool(PATRONYMIC.fullmatch(word.casefold()))


def _bare(word: str) -> str:
    return word.strip(",").replace(".", "").casefold()
