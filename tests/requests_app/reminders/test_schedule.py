"""When reminders are planned: the template's days, quiet hours, and nothing after the last business day before due."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosschq.messaging.sending.quiet_hours import next_allowed_time
from requests_app.reminders.schedule import business_day_before, planned
from requests_app.start.start import end_of_day
from tests.messaging.sending.test_quiet_hours import ZONES, is_waking

BERLIN = ZoneInfo("Europe/Berlin")
DEFAULT = (2, 4, 6)
START = datetime(2026, 1, 1, tzinfo=UTC)
MOMENTS = st.timedeltas(timedelta(), timedelta(days=3 * 365)).map(lambda later: START + later)
RHYTHMS = st.lists(st.integers(1, 30), max_size=3)


def in_berlin(text: str, *, due_days: int = 14, days: tuple[int, ...] = DEFAULT) -> list[str]:
    invited = datetime.fromisoformat(text).replace(tzinfo=BERLIN)
    due_at = end_of_day(invited, due_days, "Europe/Berlin")
    found = planned(invited_at=invited, days=days, due_at=due_at, zone="Europe/Berlin")
    return [moment.astimezone(BERLIN).strftime("%a %d %H:%M") for moment in found]


@pytest.mark.parametrize(
    ("invited", "expected"),
    [
        ("2026-11-23T10:30", ["Wed 25 10:30", "Fri 27 10:30", "Mon 30 08:00"]),
        ("2026-11-23T22:00", ["Thu 26 08:00", "Mon 30 08:00", "Tue 01 08:00"]),
        ("2026-11-19T10:30", ["Mon 23 08:00", "Tue 24 08:00", "Wed 25 10:30"]),
        ("2026-10-22T02:30", ["Mon 26 08:00", "Tue 27 08:00", "Wed 28 08:00"]),  # clocks go back on the 25th
        ("2027-03-25T09:00", ["Mon 29 08:00", "Tue 30 08:00", "Wed 31 09:00"]),  # and forward on the 28th
    ],
)
def test_days_are_counted_from_the_time_of_the_invitation(invited: str, expected: list[str]) -> None:
    assert in_berlin(invited) == expected


@pytest.mark.parametrize(
    ("due_days", "expected"),
    [
        (7, ["Wed 25 10:30", "Fri 27 10:30"]),  # due Monday; the third would be on that day, and Friday is taken
        (4, ["Wed 25 10:30", "Thu 26 10:30"]),  # due Friday: the second is moved to the business day before
        (2, ["Tue 24 10:30"]),
        (1, []),
    ],
)
def test_the_last_reminder_is_on_the_business_day_before_the_due_date(due_days: int, expected: list[str]) -> None:
    assert in_berlin("2026-11-23T10:30", due_days=due_days) == expected


def test_duplicates_and_order_do_not_matter_and_an_empty_list_means_none() -> None:
    assert in_berlin("2026-11-23T10:30", days=(4, 2, 4)) == ["Wed 25 10:30", "Fri 27 10:30"]
    assert in_berlin("2026-11-23T10:30", days=()) == []


def test_the_business_day_before() -> None:
    assert business_day_before(date(2026, 11, 30)) == date(2026, 11, 27)
    assert business_day_before(date(2026, 11, 27)) == date(2026, 11, 26)


@given(MOMENTS, RHYTHMS, st.integers(1, 30), st.sampled_from(ZONES), st.sampled_from(ZONES))
def test_any_schedule_follows_the_rules(
    invited: datetime, days: list[int], due_days: int, zone: str, office: str
) -> None:
    slot, due_at = ZoneInfo(zone), end_of_day(invited, due_days, office)
    found = planned(invited_at=invited, days=days, due_at=due_at, zone=zone)
    assert len(found) <= len(set(days))
    last_day = business_day_before(due_at.astimezone(slot).date())
    for moment in found:
        assert is_waking(moment, zone)
        assert moment.astimezone(slot).date() <= last_day
        assert moment - invited >= timedelta(hours=22, minutes=59)
    for earlier, later in pairwise(found):
        assert later.astimezone(slot).date() > earlier.astimezone(slot).date()


@pytest.mark.parametrize("zone", ZONES)
def test_in_a_whole_year_none_is_missed_duplicated_or_in_quiet_hours(zone: str) -> None:
    slot, sent = ZoneInfo(zone), 0
    for day in (date(2026, 1, 1) + timedelta(days=n) for n in range(365)):
        for hour in (0, 2, 7, 8, 13, 19, 20, 23):
            invited = datetime.combine(day, time(hour, 30), tzinfo=slot)
            found = planned(invited_at=invited, days=DEFAULT, due_at=end_of_day(invited, 14, zone), zone=zone)
            assert len({moment.astimezone(slot).date() for moment in found}) == 3
            assert all(is_waking(moment, zone) for moment in found)
            for count, moment in zip(DEFAULT, found, strict=True):
                wanted = datetime.combine(day + timedelta(days=count), time(hour, 30), tzinfo=slot)
                first = next_allowed_time(wanted, zone)
                assert first <= moment <= next_allowed_time(first + timedelta(days=2), zone)
            sent += len(found)
    assert sent == 365 * 8 * 3
