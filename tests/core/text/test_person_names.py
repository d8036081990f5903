"""What to call a person, whatever form their name was typed in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosschq.core.text.person_names import first_and_last, full_name, names_someone, short_name, split_name

WHOLE = {
    "Suharto": ("Suharto", "Suharto", ("Suharto", "")),
    "Anna Müller": ("Anna", "Anna Müller", ("Anna", "Müller")),
    "Dr. Anna Müller": ("Anna", "Dr. Anna Müller", ("Anna", "Müller")),
    "Prof. Dr. med. Anna Müller": ("Anna", "Prof. Dr. med. Anna Müller", ("Anna", "Müller")),
    "Dr. Müller": ("Dr. Müller", "Dr. Müller", ("Dr. Müller", "")),
    "Müller, Anna": ("Anna", "Anna Müller", ("Anna", "Müller")),
    "Müller, Dr. Anna": ("Anna", "Dr. Anna Müller", ("Anna", "Müller")),
    "Müller,,": ("Müller", "Müller", ("Müller", "")),
    "de la Cruz, María José": ("María", "María José de la Cruz", ("María José", "de la Cruz")),
    "John Smith, Jr.": ("John", "John Smith, Jr.", ("John", "Smith, Jr.")),
    "Smith, John, Jr.": ("John", "John Smith, Jr.", ("John", "Smith, Jr.")),
    "Anna Müller, PhD": ("Anna", "Anna Müller, PhD", ("Anna", "Müller, PhD")),
    "Yo-Yo Ma": ("Yo-Yo", "Yo-Yo Ma", ("Yo-Yo", "Ma")),
    "Rahim, Md": ("Md Rahim", "Md Rahim", ("Md", "Rahim")),
    "Phil Jones": ("Phil", "Phil Jones", ("Phil", "Jones")),
    "J. R. Hartley": ("J. R. Hartley", "J. R. Hartley", ("J.", "R. Hartley")),
    "王小明": ("王小明", "王小明", ("王小明", "")),
    "田中 太郎": ("田中 太郎", "田中 太郎", ("太郎", "田中")),
    "Dr. von Braun": ("Dr. von Braun", "Dr. von Braun", ("Dr. von Braun", "")),
    "C. S. Rivers": ("C. S. Rivers", "C. S. Rivers", ("C.", "S. Rivers")),
    "Иванова Анна Петровна": ("Анна", "Иванова Анна Петровна", ("Анна Петровна", "Иванова")),
    "Jean-Luc Picard": ("Jean-Luc", "Jean-Luc Picard", ("Jean-Luc", "Picard")),
}
PARTS = {
    ("", "Suharto"): ("Suharto", ("Suharto", "")),
    ("Suharto", "."): ("Suharto", ("Suharto", "")),
    ("-", "Suharto"): ("Suharto", ("Suharto", "")),
    ("FNU", "Ali"): ("Ali", ("Ali", "")),
    ("Müller, Anna", ""): ("Anna", ("Anna", "Müller")),
    ("", "Müller, Anna"): ("Anna", ("Anna", "Müller")),
    ("Anna", "Müller,,"): ("Anna", ("Anna", "Müller")),
    ("Anna Maria", "Müller"): ("Anna Maria", ("Anna Maria", "Müller")),
    ("Dr. Anna", "Müller"): ("Anna", ("Dr. Anna", "Müller")),
    ("Dr.", "Müller"): ("Dr. Müller", ("Dr.", "Müller")),
    ("J.", "Smith"): ("J. Smith", ("J.", "Smith")),
    ("太郎", "田中"): ("田中 太郎", ("太郎", "田中")),
    ("Anna\u202e", "rellüM\n"): ("Anna", ("Anna", "rellüM")),
}
NOBODY = ["", ".", "-", "Dr.", "Mr", "Prof. Dr.", "N/A", "…", "\u200b", "123"]


@pytest.mark.parametrize(("typed", "read"), WHOLE.items())
def test_a_whole_name_is_read_whatever_its_form(typed: str, read: tuple[str, str, tuple[str, str]]) -> None:
    assert (short_name(typed), full_name(typed), split_name(typed)) == read


@pytest.mark.parametrize(("typed", "read"), PARTS.items(), ids=ascii)
def test_first_and_last_name_from_an_ats_are_read_even_if_mixed_up(
    typed: tuple[str, str], read: tuple[str, tuple[str, str]]
) -> None:
    first, last = first_and_last(*typed)
    assert (short_name(first, last), (first, last)) == read


@pytest.mark.parametrize("text", NOBODY, ids=ascii)
def test_a_title_or_a_dot_names_nobody(text: str) -> None:
    assert not names_someone(text)
    assert short_name(text) == short_name(text, text) == ""


@given(st.text(max_size=40), st.text(max_size=40))
def test_nobody_is_greeted_with_a_comma_or_a_title_alone(first: str, last: str) -> None:
    for called in (short_name(first), short_name(first, last), short_name(f"{last}, {first}")):
        assert called == called.strip(" ,")
        assert called == "" or names_someone(called), called
