"""Lists in sentences."""

from __future__ import annotations

import pytest

from crosschq.core.text.lists import and_list


@pytest.mark.parametrize(
    ("items", "text"),
    [
        ([], ""),
        (["Ana"], "Ana"),
        (["Ana", "Ben"], "Ana and Ben"),
        (["Ana", "Ben", "Cem"], "Ana, Ben, and Cem"),
        (["Ana", "Ben", "Cem", "Dee"], "Ana, Ben, and 2 more"),
    ],
)
def test_a_list_of_three_or_more_has_a_comma_before_its_last_item(items: list[str], text: str) -> None:
    assert and_list(items, most=3 if len(items) < 4 else 2) == text
