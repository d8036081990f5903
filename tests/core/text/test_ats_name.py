"""The name of the ATS in sentences."""

from __future__ import annotations

import pytest

from crosschq.core.text import ats_name


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The registered names, empty at first."""
    names: dict[str, str] = {}
    monkeypatch.setattr(ats_name, "_names", names)
    return names


def test_an_installation_with_one_ats_always_names_it(names: dict[str, str]) -> None:
    names |= {"desk": "TalentDesk", "desk-sandbox": "TalentDesk"}
    assert (ats_name.ats_name(), ats_name.ats_name("desk")) == ("TalentDesk", "TalentDesk")


def test_an_installation_with_several_names_one_only_for_its_own_connection(names: dict[str, str]) -> None:
    names |= {"desk": "TalentDesk", "hire": "HireHub"}
    assert (ats_name.ats_name(), ats_name.ats_name("hire")) == ("the ATS", "HireHub")


def test_without_a_registered_ats_the_word_is_neutral(names: dict[str, str]) -> None:
    assert ats_name.ats_name("desk") == "the ATS"
