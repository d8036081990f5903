"""Reminders and text messages wait for a business day, 8:00 AM to 8:00 PM, where the recipient is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosschq.messaging.sending.quiet_hours import next_allowed_time, zone_of

# The last two shift by half an hour and are offset by a quarter of an hour.
ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "America/Los_Angeles",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
)
START = datetime(2026, 1, 1, tzinfo=UTC)
MOMENTS = st.timedeltas(timedelta(), timedelta(days=3 * 365)).map(lambda later: START + later)
QUARTER = timedelta(minutes=15)


def is_waking(moment: datetime, zone: str) -> bool:
    local = moment.astimezone(ZoneInfo(zone))
    return local.isoweekday() <= 5 and 8 <= local.hour < 20


def walked(moment: datetime, zone: str) -> datetime:
    """The same computed step by step: in these zones the hours start on a quarter of an hour UTC."""
    if is_waking(moment, zone):
        return moment
    moment = moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0)
    while not is_waking(moment, zone):
        moment += QUARTER
    return moment


@given(MOMENTS, st.sampled_from(ZONES))
def test_the_next_waking_moment_is_the_earliest_one(moment: datetime, zone: str) -> None:
    assert next_allowed_time(moment, zone) == walked(moment, zone)


@pytest.mark.parametrize("zone", ZONES)
def test_it_is_correct_in_every_quarter_hour_around_clock_changes(zone: str) -> None:
    hours = [START + timedelta(hours=hour) for hour in range(365 * 24)]
    nights = [a for a, b in pairwise(hours) if _offset(a, zone) != _offset(b, zone)]
    assert len(nights) == (0 if zone == "Asia/Kolkata" else 2)
    for moment in (night + quarter * QUARTER for night in nights for quarter in range(-3 * 96, 3 * 96)):
        assert next_allowed_time(moment, zone) == walked(moment, zone)


def _offset(moment: datetime, zone: str) -> timedelta | None:
    return moment.astimezone(ZoneInfo(zone)).utcoffset()


def test_a_date_that_a_country_skipped_is_skipped() -> None:
    # Samoa went from Thursday the 29th to Saturday the 31st of December 2011.
    apia = ZoneInfo("Pacific/Apia")
    evening = datetime(2011, 12, 29, 20, tzinfo=apia)
    assert next_allowed_time(evening, "Pacific/Apia") == datetime(2012, 1, 2, 8, tzinfo=apia)


@pytest.mark.parametrize(
    ("number", "zone"),
    [
        ("+491701234567", "Europe/Berlin"),  # two zones, with the same time
        ("+919812345678", "Asia/Kolkata"),
        ("+81312345678", "Asia/Tokyo"),
        ("+12025550143", "home"),  # six zones
        ("+34612345678", "home"),  # the Canary Islands
        ("+61412345678", "home"),
        ("+64211234567", "home"),  # the Chatham Islands
        ("", "home"),
        ("0170 1234567", "home"),
        ("nonsense", "home"),
    ],
)
def test_a_phone_number_gives_the_time_zone_if_its_country_has_one(number: str, zone: str) -> None:
    assert zone_of(number, default="home") == zone
