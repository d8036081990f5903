"""Quiet hours: reminders and text messages go out on weekdays, 8 AM to 8 PM, in the recipient's time zone."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache

import phonenumbers
from phonenumbers import NumberParseException

from crosschq.core.text.time_zones import canonical, find_time_zone, of_countries

MORNING, EVENING = time(8), time(20)
SATURDAY = 5


def next_allowed_time(moment: datetime, zone: str) -> datetime:
    """The moment itself outside quiet hours, else 8 AM on the next weekday in that zone. In UTC."""
    tz = find_time_zone(zone)
    moment = moment.astimezone(UTC)
    while not _is_allowed(moment.astimezone(tz)):
        local = moment.astimezone(tz)
        moment = at_local_time(local.date() + timedelta(days=local.time() >= MORNING), MORNING, zone)
    return moment


def at_local_time(day: date, clock: time, zone: str) -> datetime:
    """The moment, in UTC, when clocks in the zone show this time on this day.

    A repeated time means its first occurrence. A skipped time is shifted past the gap (PEP 495).
    """
    return datetime.combine(day, clock.replace(fold=0), tzinfo=find_time_zone(zone)).astimezone(UTC)


def is_weekday(day: date) -> bool:
    return day.weekday() < SATURDAY


def _is_allowed(local: datetime) -> bool:
    return is_weekday(local) and MORNING <= local.time() < EVENING


def zone_of(number: str, *, default: str) -> str:
    """The time zone of an E.164 number's country if all its clocks agree, else `default`."""
    try:
        country = phonenumbers.region_code_for_number(phonenumbers.parse(number, None))
    except NumberParseException:
        return default
    return (_zone_of_country(country) if country else None) or default


@cache
def country_of(zone: str) -> str | None:
    """The country (ISO 3166) of a time zone, which phone numbers typed without one belong to; None for UTC."""
    name = canonical(zone)
    return next((country for country, zones in of_countries().items() if name in zones), None)


@cache
def _zone_of_country(country: str) -> str | None:
    """The country's time zone; None if its zones differ. Germany's two always agree, Spain's three don't."""
    zones = of_countries().get(country, [])
    return zones[0] if len({_offsets(zone) for zone in zones}) == 1 else None


def _offsets(zone: str) -> tuple[timedelta | None, ...]:
    """The UTC offsets of a zone on each day of two years."""
    first = datetime(2026, 1, 1, 12, tzinfo=UTC)
    return tuple((first + timedelta(days=day)).astimezone(find_time_zone(zone)).utcoffset() for day in range(2 * 365))
