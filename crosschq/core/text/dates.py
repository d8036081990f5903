"""Dates and times in the format of the reader's locale (crosschq/formats), in the active time zone."""

from datetime import date, datetime

from django.utils import timezone
from django.utils.formats import date_format


def date_text(moment: date) -> str:
    """Nov 28, 2026."""
    return date_format(_local(moment), "DATE_FORMAT")


def datetime_text(moment: datetime, *, short: bool = False) -> str:
    """The moment as text: Nov 28, 2026, 5:37 PM CET; without the year if `short`."""
    local = timezone.localtime(moment)
    return f"{date_format(local, 'SHORT_DATETIME_FORMAT' if short else 'DATETIME_FORMAT')} {_zone(local)}"


def weekday_text(moment: datetime) -> str:
    """The weekday in the reader's time zone: Saturday."""
    return date_format(timezone.localtime(moment), "l")


def _local(moment: date) -> date:
    return timezone.localtime(moment) if isinstance(moment, datetime) else moment


def _zone(local: datetime) -> str:
    """The zone of this moment: CET, or UTC+03 if it has no abbreviation."""
    name = local.tzname() or ""
    return f"UTC{name}" if name[:1] in "+-" else name
