"""Quiet hours: reminders and texts wait for a working day, 8:00 to 20:00, where the recipient is."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import phonenumbers
from phonenumbers import NumberParseException

MORNING, EVENING = time(8), time(20)
SATURDAY = 5
# Countries with one time zone, among those that get texts most; elsewhere a number does not tell the zone.
ZONES = {
    "AT": "Europe/Vienna",
    "BE": "Europe/Brussels",
    "CH": "Europe/Zurich",
    "CZ": "Europe/Prague",
    "DE": "Europe/Berlin",
    "DK": "Europe/Copenhagen",
    "FI": "Europe/Helsinki",
    "FR": "Europe/Paris",
    "GB": "Europe/London",
    "IE": "Europe/Dublin",
    "IN": "Asia/Kolkata",
    "IT": "Europe/Rome",
    "JP": "Asia/Tokyo",
    "NL": "Europe/Amsterdam",
    "NO": "Europe/Oslo",
    "PL": "Europe/Warsaw",
    "RO": "Europe/Bucharest",
    "SE": "Europe/Stockholm",
    "SG": "Asia/Singapore",
}


def next_waking(moment: datetime, zone: str) -> datetime:
    """The moment itself outside of quiet hours, else the next working day's 8:00 in that zone."""
    local = moment.astimezone(ZoneInfo(zone))
    if local.weekday() < SATURDAY and MORNING <= local.time() < EVENING:
        return moment
    day = local.date() + timedelta(days=local.time() >= MORNING)
    if local.weekday() >= SATURDAY:
        day = local.date()
    while day.weekday() >= SATURDAY:
        day += timedelta(days=1)
    # 8:00 exists once on each day: clocks change at night.
    return datetime.combine(day, MORNING, tzinfo=ZoneInfo(zone)).astimezone(moment.tzinfo)


def zone_of(number: str, *, otherwise: str) -> str:
    """The zone of a number's country (E.164) where that has one; `otherwise` for any other."""
    try:
        country = phonenumbers.region_code_for_number(phonenumbers.parse(number, None))
    except NumberParseException:
        return otherwise
    return ZONES.get(country or "", otherwise)
