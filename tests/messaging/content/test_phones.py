"""Which numbers get texts."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from crosschq.messaging.content.phones import NumberRefused, prefix, textable, textable_or_none


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("+49 170 1234567", "+491701234567"),
        ("+49 (0)170 1234567", "+491701234567"),
        ("+1 (202) 555-0143", "+12025550143"),
        ("+44 7400 123456", "+447400123456"),
        ("0049 170 1234567", "+491701234567"),
        ("0170 1234567", ""),
    ],
)
def test_a_mobile_number_becomes_e164(typed: str, stored: str) -> None:
    assert textable_or_none(typed) == stored


def test_the_country_can_come_from_elsewhere() -> None:
    assert textable("0170 1234567", country="DE") == "+491701234567"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "only digits"),
        ("call me", "only digits"),
        ("+49 170 123", "This phone number doesn't exist"),
        ("+49 30 901820", "mobile phone"),  # a town hall
        ("+1 900 555 0143", "mobile phone"),  # a premium-rate number
        ("+49 900 1234567", "mobile phone"),
        ("+44 9098 790000", "mobile phone"),
        ("+44 844 4930787", "mobile phone"),
        ("+1 800 555 0143", "mobile phone"),
        ("+7 912 345 67 89", "this country"),
        ("+882 16 5555 1234", "this country"),
    ],
)
def test_other_numbers_are_refused_with_a_reason(typed: str, said: str) -> None:
    with pytest.raises(NumberRefused) as refused:
        textable(typed)
    assert said in refused.value.sentence


def test_only_the_configured_countries_are_allowed(settings: Settings) -> None:
    settings.TEXT_MESSAGES = {**settings.TEXT_MESSAGES, "countries": frozenset({"CA"})}
    assert textable_or_none("+1 416 555 0143") == "+14165550143"
    assert textable_or_none("+1 202 555 0143") == ""


def test_nearby_numbers_share_a_prefix() -> None:
    assert prefix("+491701234567") == prefix("+491701239999") != prefix("+491701244567")
