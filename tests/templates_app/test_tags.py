import pytest
from hypothesis import given
from hypothesis import strategies as st

from templates_app.tags import tag_key


@pytest.mark.parametrize("written", ["eng", "ENG", " Eng ", "eng\n", "\u00a0eng"])
def test_case_and_surrounding_space_do_not_tell_tags_apart(written: str) -> None:
    assert tag_key(written) == "eng"


def test_unicode_is_folded_and_not_only_lowered() -> None:
    assert tag_key("Straße") == tag_key("STRASSE")


def test_what_stands_inside_a_tag_counts() -> None:
    assert len({tag_key(tag) for tag in ("eng sales", "eng-sales", "engsales", "eng  sales")}) == 4


@given(st.text())
def test_the_key_of_a_key_is_itself(text: str) -> None:
    assert tag_key(tag_key(text)) == tag_key(text)
