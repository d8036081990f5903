"""How long an organization keeps each kind of record: what its admins chose, within limits, or the default."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext


class Keeper(Protocol):
    """An organization: the numbers that its admins chose, by kind."""

    retention: Any


class RetentionKind(models.TextChoices):
    """A kind of record with its own period. Stored in Organization.retention by these names."""

    REQUESTS = "requests", _("Requests and reports")
    PROSPECTS = "prospects", _("Prospects")
    EVENTS = "events", _("Events from the ATS")
    MESSAGES = "messages", _("Record of messages")
    AUDIT = "audit", _("Audit log")


class Unit(models.TextChoices):
    DAYS = "days", _("days")
    MONTHS = "months", _("months")


@dataclass(frozen=True)
class Limits:
    """The default period, and the shortest and longest that can be chosen."""

    default: int
    least: int
    most: int
    unit: Unit


LIMITS = {
    RetentionKind.REQUESTS: Limits(24, 1, 84, Unit.MONTHS),
    # Their consent lasts 12 months, so they can't be kept longer.
    RetentionKind.PROSPECTS: Limits(12, 1, 12, Unit.MONTHS),
    # The ATS repeats what it couldn't deliver, and events older than our log would start requests again.
    RetentionKind.EVENTS: Limits(90, 35, 400, Unit.DAYS),
    # An open request needs to know what it sent.
    RetentionKind.MESSAGES: Limits(12, 3, 84, Unit.MONTHS),
    # The database refuses to delete entries that are younger than a year.
    RetentionKind.AUDIT: Limits(24, 12, 84, Unit.MONTHS),
}


@dataclass(frozen=True)
class Period:
    """A length of time, in words and as a point in the past."""

    number: int
    unit: Unit

    def before(self, moment: datetime) -> datetime:
        """The moment this long before. In a shorter month, its last day."""
        if self.unit == Unit.DAYS:
            return moment - timedelta(days=self.number)
        months = moment.year * 12 + moment.month - 1 - self.number
        year, month = divmod(months, 12)
        return moment.replace(year=year, month=month + 1, day=min(moment.day, monthrange(year, month + 1)[1]))

    def __str__(self) -> str:
        if self.unit == Unit.DAYS:
            return ngettext("%(number)s day", "%(number)s days", self.number) % {"number": self.number}
        return ngettext("%(number)s month", "%(number)s months", self.number) % {"number": self.number}


def period_of(organization: Keeper, kind: RetentionKind) -> Period:
    """How long the organization keeps this kind of record."""
    limits = LIMITS[kind]
    chosen = organization.retention.get(kind.value, limits.default)
    return Period(min(max(chosen, limits.least), limits.most), limits.unit)
