"""Texts and reminders wait for a working day, 8:00 to 20:00, where the recipient is."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosschq.messaging.quiet import ZONES, next_waking, zone_of

ZONE_NAMES = ["Europe/Berlin", "America/New_York", "America/Los_Angeles", "Asia/Kolkata", "Australia/Sydney", "UTC"]
START = datetime(2025, 1, 1, tzinfo=UTC)
MOMENTS = st.timedeltas(timedelta(), timedelta(days=3 * 365)).map(lambda later: START + later)


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize(
    ("asked", "given_"),
    [
        ("2026-11-23T08:00", "2026-11-23T08:00"),  # a Monday
        ("2026-11-23T19:59", "2026-11-23T19:59"),
        ("2026-11-23T20:00", "2026-11-24T08:00"),
        ("2026-11-24T03:00", "2026-11-24T08:00"),
        ("2026-11-27T20:30", "2026-11-30T08:00"),  # over the weekend
        ("2026-11-28T12:00", "2026-11-30T08:00"),
        ("2026-11-29T23:00", "2026-11-30T08:00"),
        ("2026-10-24T12:00", "2026-10-26T08:00"),  # clocks go back on the 25th
        ("2027-03-27T12:00", "2027-03-29T08:00"),  # clocks go forward on the 28th
    ],
)
def test_the_next_waking_moment(asked: str, given_: str) -> None:
    assert next_waking(berlin(asked), "Europe/Berlin") == berlin(given_)


@given(MOMENTS, st.sampled_from(ZONE_NAMES))
def test_any_moment_leads_to_a_working_days_hours_soon(moment: datetime, zone: str) -> None:
    found = next_waking(moment, zone)
    local = found.astimezone(ZoneInfo(zone))
    assert local.weekday() < 5
    assert time(8) <= local.time() < time(20)
    assert timedelta() <= found - moment < timedelta(days=2, hours=13)
    assert next_waking(found, zone) == found


def test_a_number_tells_the_zone_where_its_country_has_one() -> None:
    assert zone_of("+491701234567", otherwise="UTC") == "Europe/Berlin"
    assert zone_of("+12025550143", otherwise="UTC") == "UTC"
    assert zone_of("nonsense", otherwise="UTC") == "UTC"


def test_every_zone_exists() -> None:
    assert {ZoneInfo(zone).key for zone in ZONES.values()} == set(ZONES.values())
