"""Quiet hours: reminders and texts wait for a working day, 8:00 to 20:00, where the recipient is."""

import zoneinfo
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path

import phonenumbers
from phonenumbers import NumberParseException

from crosschq.core.text.time_zones import find_time_zone

MORNING, EVENING = time(8), time(20)
SATURDAY = 5
# Which zones a country has, one row each: https://data.iana.org/time-zones/theory.html, "zone.tab".
TABLE = "zone.tab"


def next_waking(moment: datetime, zone: str) -> datetime:
    """The moment itself outside of quiet hours, else the next working day's 8:00 in that zone. In UTC."""
    place = find_time_zone(zone)
    moment = moment.astimezone(UTC)
    while not _is_waking(moment.astimezone(place)):
        local = moment.astimezone(place)
        moment = at_wall(local.date() + timedelta(days=local.time() >= MORNING), MORNING, zone)
    return moment


def at_wall(day: date, clock: time, zone: str) -> datetime:
    """When clocks there show this time on this day, in UTC. One that comes twice is the first of both; one that is
    skipped is as far after the skip as it would have been after its beginning (PEP 495)."""
    return datetime.combine(day, clock.replace(fold=0), tzinfo=find_time_zone(zone)).astimezone(UTC)


def is_working(day: date) -> bool:
    return day.weekday() < SATURDAY


def _is_waking(local: datetime) -> bool:
    return is_working(local) and MORNING <= local.time() < EVENING


def zone_of(number: str, *, otherwise: str) -> str:
    """The zone of a number's country (E.164) where clocks there all agree; `otherwise` for any other."""
    try:
        country = phonenumbers.region_code_for_number(phonenumbers.parse(number, None))
    except NumberParseException:
        return otherwise
    return (_zone_of_country(country) if country else None) or otherwise


@cache
def _zone_of_country(country: str) -> str | None:
    """Of Germany's two zones each shows the same time; of Spain's three, one does not."""
    zones = _zones().get(country, [])
    return zones[0] if len({_offsets(zone) for zone in zones}) == 1 else None


def _offsets(zone: str) -> tuple[timedelta | None, ...]:
    """How far clocks there are from UTC, on each day of some years that are alike from now on."""
    first = datetime(2026, 1, 1, 12, tzinfo=UTC)
    return tuple((first + timedelta(days=day)).astimezone(find_time_zone(zone)).utcoffset() for day in range(2 * 365))


@cache
def _zones() -> dict[str, list[str]]:
    """The zones of each country (ISO 3166), from the time zone database of this machine; empty without its table."""
    found: dict[str, list[str]] = {}
    table = next((path for path in (Path(folder) / TABLE for folder in zoneinfo.TZPATH) if path.is_file()), None)
    for line in table.read_text(encoding="utf-8").splitlines() if table else ():
        if not line.startswith("#"):
            country, _where, zone, *_comment = line.split("\t")
            found.setdefault(country, []).append(zone)
    return found
