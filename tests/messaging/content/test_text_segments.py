"""How many segments a text message needs (3GPP TS 23.038 and 23.040)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosschq.messaging.content.text_segments import GSM_7, GSM_7_EXTENSION, count, replaced, units

DASH, QUOTE, GRIN = "\u2014", "\u201c", "\U0001f600"


@pytest.mark.parametrize(
    ("text", "encoding", "used", "parts"),
    [
        ("", "GSM-7", 0, 0),
        ("a" * 160, "GSM-7", 160, 1),
        ("a" * 161, "GSM-7", 161, 2),
        ("a" * 306, "GSM-7", 306, 2),
        ("a" * 307, "GSM-7", 307, 3),
        ("€" * 80, "GSM-7", 160, 1),
        ("€" * 81, "GSM-7", 162, 2),
        # The escape and its character stay together: 152 septets, then 10.
        ("€" * 76 + "a" + "€" * 4 + "a", "GSM-7", 162, 2),
        ("a" * 152 + "€" + "a" * 152, "GSM-7", 306, 3),
        ("äöüßÆ@£[]~\\", "GSM-7", 15, 1),
        ("Ω" * 160, "GSM-7", 160, 1),
        (DASH + "a" * 69, "UCS-2", 70, 1),
        (DASH + "a" * 70, "UCS-2", 71, 2),
        (GRIN * 35, "UCS-2", 70, 1),
        (GRIN * 66, "UCS-2", 132, 2),
        (GRIN * 67, "UCS-2", 134, 3),
        ("ç", "UCS-2", 1, 1),  # the alphabet only has the capital letter
    ],
)
def test_segments_are_counted(text: str, encoding: str, used: int, parts: int) -> None:
    counted = count(text)
    assert (counted.encoding, counted.units, counted.parts) == (encoding, used, parts)


def test_the_gsm_alphabet_has_127_characters_and_an_escape() -> None:
    assert (len(GSM_7), len(GSM_7_EXTENSION)) == (127, 10)
    assert not GSM_7 & GSM_7_EXTENSION


def test_expensive_characters_are_listed_with_replacements() -> None:
    found = {each.character: each.replacement for each in count(f"{QUOTE}ç{DASH}Ł北{DASH}\u2026").offenders}
    assert found == {QUOTE: '"', "ç": "c", DASH: "-", "Ł": "L", "北": None, "\u2026": "..."}


def test_a_text_in_another_script_is_unchanged() -> None:
    assert replaced(f"北京 {DASH} x") == f"北京 {DASH} x"
    assert replaced(f"Zoë {DASH} x") == "Zoe - x"


@given(st.text(max_size=400))
def test_replacing_characters_never_adds_segments_or_exceeds_the_limit(text: str) -> None:
    before, after = count(text), count(replaced(text))
    assert after.units <= max(before.units * 3, before.units)
    assert before.units <= before.room
    if after.encoding == "GSM-7":
        assert units(text) == after.units


@given(st.text(st.sampled_from(sorted(GSM_7 | GSM_7_EXTENSION)), max_size=400))
def test_texts_in_the_gsm_alphabet_are_unchanged(text: str) -> None:
    assert count(text).encoding == "GSM-7"
    assert replaced(text) == text
