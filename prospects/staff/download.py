"""The prospect list as CSV (RFC 4180), streamed in batches."""

import csv
import re
from collections.abc import Iterator
from datetime import datetime, tzinfo
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from crosschq.core.text.ats_name import ats_name
from crosschq.core.text.time_zones import find_time_zone
from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import tenant
from prospects.models import Prospect
from prospects.staff.queries import EXPORT_STATES, ProspectFilter, export_state, gave_reference_for, list_prospects

BATCH = 500
# Spreadsheets treat such cells as formulas (CWE-1236), in East Asia even with full-width characters.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
# In locales with decimal commas, spreadsheets start a new cell at each semicolon, even inside quotes.
OTHER_SEPARATOR = re.compile(r"(;\s*)(?=[=+@\uff1d\uff0b\uff0d\uff20-])")


class _EchoBuffer:
    """A file-like object for csv.writer that returns each line."""

    def write(self, line: str) -> str:
        return line


def csv_lines(organization: Organization, filters: ProspectFilter, now: datetime) -> Iterator[str]:
    """Yield each line with its line break. Opens `tenant()` for one batch at a time."""
    writer = csv.writer(_EchoBuffer())
    yield "\ufeff" + writer.writerow(_header())  # the byte order mark makes Excel read UTF-8
    zone = find_time_zone(organization.time_zone)
    last: Prospect | None = None
    while True:
        with tenant(organization):
            rows = list_prospects(filters, now)
            if last is not None:
                rows = rows.filter(Q(created_at__lt=last.created_at) | Q(created_at=last.created_at, pk__lt=last.pk))
            batch = list(rows[:BATCH])
            lines = [writer.writerow([safe_cell(cell) for cell in _cells(prospect, zone)]) for prospect in batch]
        yield from lines
        if len(batch) < BATCH:
            return
        last = batch[-1]


def safe_cell(text: str) -> str:
    """The text, prefixed with an apostrophe if a spreadsheet would treat it as a formula."""
    text = OTHER_SEPARATOR.sub(r"\1'", text)
    return f"'{text}" if text.lstrip().startswith(FORMULA) or text.startswith(FORMULA) else text


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


def _cells(prospect: Any, zone: tzinfo) -> list[str]:
    consents = list(prospect.consents.all())
    return [
        prospect.first_name,
        prospect.last_name,
        prospect.email,
        prospect.phone,
        prospect.employer,
        prospect.title,
        prospect.area_of_interest,
        "; ".join(gave_reference_for(consents)),
        prospect.consented_at.astimezone(zone).date().isoformat(),
        str(consents[0].version) if consents else "",
        prospect.ends_at.astimezone(zone).date().isoformat(),
        str(EXPORT_STATES[export_state(prospect)]),
    ]
