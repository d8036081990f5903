"""Two spellings that people consider the same text have one key, in Python and in PostgreSQL."""

from __future__ import annotations

import unicodedata

import pytest
from django.db import connection
from hypothesis import example, given
from hypothesis import strategies as st

from crosschq.core.database.folded import _FOLDED
from crosschq.core.text.characters import IGNORABLE, comparison_key
from tests.extent import in_full

SAME = [
    ("Müller", "Mu\u0308ller"),
    ("Straße", " STRASSE "),
    ("eng", "e\u200bng"),
    ("eng", "e\u00adng"),
    ("eng", "\uff45\uff4e\uff47"),
    ("ENG", "eng\ufeff"),
    ("Senior  Engineer", "senior\u00a0engineer"),
    ("Σίσυφος", "ΣΊΣΥΦΟΣ"),
    ("\u2764\ufe0f", "\u2764"),
    ("\u0645\u06cc\u200c\u062e", "\u0645\u06cc\u062e"),
    ("ﬁnance", "finance"),
    ("Åsa", "A\u030asa"),
    ("Åsa", "\u212bsa"),
    ("한글", "\u1112\u1161\u11ab\u1100\u1173\u11af"),
    ("ｶﾞ", "ガ"),
    ("O\u2019Brien", "o'brien"),
    ("O\u00b4Brien", "o'brien"),
    ("Front\u2011End", "front\u2013end"),
    ("\u0130stanbul", "istanbul"),
    ("Y\u0131lmaz", "YILMAZ"),
    ("Y\u0131\u0307lmaz", "YILMAZ"),
]
# Spaces and accents of all kinds, and the letters that lose theirs.
ODD = st.characters(categories=["Zs", "Zl", "Zp", "Mn", "Cf", "Sk"]) | st.sampled_from("iI\u0130\u0131'-\n\t")
DIFFERENT = [("eng", "engl"), ("Müller", "Muller"), ("C++", "C"), ("a b", "ab"), ("a b", "a-b")]


@pytest.mark.parametrize(("one", "other"), SAME, ids=ascii)
def test_spellings_of_one_text_have_one_key(one: str, other: str) -> None:
    assert comparison_key(one) == comparison_key(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT, ids=ascii)
def test_different_texts_have_different_keys(one: str, other: str) -> None:
    assert comparison_key(one) != comparison_key(other)


@given(st.text() | st.text(ODD, max_size=6))
@example("a\u2028\u0301")
@example("\u0131\u0307")
def test_a_key_is_its_own_key_and_the_same_in_every_unicode_form(text: str) -> None:
    key = comparison_key(text)
    assert comparison_key(key) == key
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert comparison_key(unicodedata.normalize(form, text)) == key


@pytest.mark.in_full
@pytest.mark.django_db
def test_python_and_postgresql_ignore_the_same_characters() -> None:
    """In `make test` all characters of the basic plane and those that Python ignores, in `make test-slow` every one."""
    last = 0x10FFFF if in_full() else 0xFFFF
    every = {chr(number) for number in range(1, last + 1) if not 0xD800 <= number <= 0xDFFF} | set(IGNORABLE)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT array_agg(letter) FROM unnest(%s::text[]) AS letter WHERE {_FOLDED % 'letter'} = ''",
            [sorted(every)],
        )
        (found,) = cursor.fetchone()
    assert set(found) == set(IGNORABLE)


@pytest.mark.django_db
@pytest.mark.parametrize(("one", "other"), [pair for pair in SAME if "  " not in pair[0]], ids=ascii)
def test_postgresql_treats_the_same_spellings_as_equal(one: str, other: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_FOLDED % '%s'} = {_FOLDED % '%s'}", [one, other.strip()])
        assert cursor.fetchone() == (True,)
