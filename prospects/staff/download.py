"""The prospect list as CSV (RFC 4180), streamed in batches."""

from collections.abc import Iterator
from datetime import datetime, tzinfo
from typing import Any

from django.utils.translation import gettext as _

from crosschq.core.database.keyset import behind
from crosschq.core.text.ats_name import ats_name
from crosschq.core.text.csv_lines import BYTE_ORDER_MARK, line_writer
from crosschq.core.text.time_zones import find_time_zone
from crosschq.messaging.content import phones
from crosschq.messaging.sending.quiet_hours import country_of
from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import tenant
from prospects.models import Prospect
from prospects.staff.queries import (
    EXPORT_STATES,
    NEWEST,
    ProspectFilter,
    export_state,
    gave_reference_for,
    list_prospects,
)

BATCH = 500


def csv_lines(
    organization: Organization, filters: ProspectFilter, now: datetime, *, separator: str = ","
) -> Iterator[str]:
    """Yield each line with its line break. Opens `tenant()` for one batch at a time."""
    line = line_writer(separator)
    yield BYTE_ORDER_MARK + line(_header())
    zone = find_time_zone(organization.time_zone)
    country = country_of(organization.time_zone)
    last: Prospect | None = None
    while True:
        with tenant(organization):
            rows = list_prospects(filters, now)
            if last is not None:
                rows = rows.filter(behind(NEWEST, (last.created_at, last.pk)))
            batch = list(rows[:BATCH])
            lines = [line(_cells(row, zone, country)) for row in batch]
        yield from lines
        if len(batch) < BATCH:
            return
        last = batch[-1]


def phone_cell(typed: str, country: str | None) -> str:
    """A phone number in groups, which spreadsheets keep as text, with its zeros and its plus sign."""
    grouped = phones.international(typed, country=country)
    if grouped or not typed.isdecimal():
        return grouped or typed
    return f"{typed[:4]} {typed[4:]}".strip()


def _header() -> list[str]:
    return [
        _("First name"),
        _("Last name"),
        _("Email"),
        _("Phone"),
        _("Employer"),
        _("Job title"),
        _("Area of interest"),
        _("Gave reference for"),
        _("Opted in"),
        _("Consent version"),
        _("Consent expires"),
        _("In %(ats)s") % {"ats": ats_name()},
    ]


def _cells(prospect: Any, zone: tzinfo, country: str | None) -> list[str]:
    consents = list(prospect.consents.all())
    return [
        prospect.first_name,
        prospect.last_name,
        prospect.email,
        phone_cell(prospect.phone, country),
        prospect.employer,
        prospect.title,
        prospect.area_of_interest,
        "; ".join(gave_reference_for(consents)),
        prospect.consented_at.astimezone(zone).date().isoformat(),
        str(consents[0].version) if consents else "",
        prospect.ends_at.astimezone(zone).date().isoformat(),
        str(EXPORT_STATES[export_state(prospect)]),
    ]
