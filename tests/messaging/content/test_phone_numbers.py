"""Phone numbers as people type them."""

from __future__ import annotations

import pytest

from crosschq.messaging.content.phones import NumberRefused, international, textable
from crosschq.messaging.sending.quiet_hours import country_of

TYPED = [
    ("+49 170 1234567", None),
    ("0049 170 1234567", None),
    ("(0049) 170 / 1234567", "US"),
    ("0170 1234567", "DE"),
    ("+49\u2011170\u20111234567", None),
    ("\u202a+49 170 1234567\u202c", None),
    ("\ufeff+49 (0)170 1234567", None),
    ("\uff0b49 170 1234567", None),
]


@pytest.mark.parametrize(("typed", "country"), TYPED, ids=ascii)
def test_a_number_is_read_in_any_spelling(typed: str, country: str | None) -> None:
    assert textable(typed, country=country) == "+491701234567"
    assert international(typed, country=country) == "+49 170 1234567"


@pytest.mark.parametrize("typed", ["0170 1234567", "", "call me", "+1"])
def test_a_number_of_an_unknown_country_is_refused_with_a_reason(typed: str) -> None:
    with pytest.raises(NumberRefused):
        textable(typed)
    assert international(typed) == ""


@pytest.mark.parametrize(
    ("zone", "country"), [("Europe/Berlin", "DE"), ("America/New_York", "US"), ("UTC", None), ("nowhere", None)]
)
def test_an_organizations_country_follows_from_its_time_zone(zone: str, country: str | None) -> None:
    assert country_of(zone) == country
