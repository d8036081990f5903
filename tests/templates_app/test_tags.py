import pytest
from hypothesis import given
from hypothesis import strategies as st

from templates_app.tags import tag_key


@pytest.mark.parametrize("written", ["eng", "ENG", " Eng ", "eng\n", "\u00a0eng"])
def test_case_and_surrounding_whitespace_are_ignored(written: str) -> None:
    assert tag_key(written) == "eng"


def test_unicode_case_folding_is_used() -> None:
    assert tag_key("Straße") == tag_key("STRASSE")


def test_characters_inside_a_tag_matter() -> None:
    assert len({tag_key(tag) for tag in ("eng sales", "eng-sales", "engsales")}) == 3


def test_extra_spaces_inside_a_tag_do_not_matter() -> None:
    assert tag_key("eng  sales") == tag_key("eng sales")


@given(st.text())
def test_the_key_of_a_key_is_the_same_key(text: str) -> None:
    assert tag_key(tag_key(text)) == tag_key(text)
