"""When to remind a person: a pure function of the invitation, the template's reminder days, and the due date."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from crosschq.core.text.time_zones import find_time_zone
from crosschq.messaging.sending.quiet_hours import EVENING, MORNING, at_local_time, is_weekday, next_allowed_time

DAY = timedelta(days=1)


def planned(*, invited_at: datetime, days: Sequence[int], due_at: datetime, zone: str) -> list[datetime]:
    """Return the times of the reminders, in UTC, for a person in `zone`.

    Each is a number of days after the invitation at the same time of day, outside quiet hours, and at least a day after
    the previous one. None is later than the last business day before the due date: the first reminder that would be
    later moves to that day, and the rest are dropped. If that day is too close to the previous one, it is dropped too.
    """
    invited = invited_at.astimezone(find_time_zone(zone))
    last_day = business_day_before(due_at.astimezone(find_time_zone(zone)).date())
    found: list[datetime] = []
    earliest = _later(invited, 1, zone)
    for count in sorted(set(days)):
        moment = next_allowed_time(max(_later(invited, count, zone), earliest), zone)
        too_late = moment.astimezone(find_time_zone(zone)).date() > last_day
        if too_late:
            moment = _on(last_day, invited, zone)
            if moment < earliest:
                break
        found.append(moment)
        earliest = _later(moment.astimezone(find_time_zone(zone)), 1, zone)
        if too_late:
            break
    return found


def business_day_before(day: date) -> date:
    day -= DAY
    while not is_weekday(day):
        day -= DAY
    return day


def business_days_after(moment: datetime, count: int, zone: str) -> datetime:
    """The same time of day, this many business days later, in UTC."""
    local = moment.astimezone(find_time_zone(zone))
    day = local.date()
    while count:
        day += DAY
        count -= is_weekday(day)
    return at_local_time(day, local.time(), zone)


def _later(local: datetime, days: int, zone: str) -> datetime:
    """The same time of day, this many days later. When clocks change, a day has 23 or 25 hours."""
    return at_local_time(local.date() + days * DAY, local.time(), zone)


def _on(day: date, invited: datetime, zone: str) -> datetime:
    clock = invited.time()
    return at_local_time(day, clock if MORNING <= clock < EVENING else MORNING, zone)
