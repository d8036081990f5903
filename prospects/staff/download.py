"""The prospect list as CSV (RFC 4180), streamed in batches."""

import csv
import re
from collections.abc import Iterator
from datetime import datetime, tzinfo
from typing import Any

from django.db.models import Q
from django.utils.formats import get_format
from django.utils.translation import gettext as _
from django.utils.translation.trans_real import parse_accept_lang_header

from crosschq.core.text.ats_name import ats_name
from crosschq.core.text.time_zones import find_time_zone
from crosschq.messaging.content import phones
from crosschq.messaging.sending.quiet_hours import country_of
from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import tenant
from prospects.models import Prospect
from prospects.staff.queries import EXPORT_STATES, ProspectFilter, export_state, gave_reference_for, list_prospects

BATCH = 500
# Spreadsheets treat such cells as formulas (CWE-1236), in East Asia even with full-width characters.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
# A spreadsheet that expects the other separator starts a new cell at each one, even inside quotes.
OTHER_SEPARATOR = {
    ",": re.compile(r"(;\s*)(?=[=+@\uff1d\uff0b\uff0d\uff20-])"),
    ";": re.compile(r"([,;]\s*)(?=[=+@\uff1d\uff0b\uff0d\uff20-])"),
}
# What `phones.international` writes: a spreadsheet can't calculate it.
PHONE_NUMBER = re.compile(r"\+[1-9][0-9]{0,2}(?: [0-9]+)+")


class _EchoBuffer:
    """A file-like object for csv.writer that returns each line."""

    def write(self, line: str) -> str:
        return line


def separator_for(accept_language: str) -> str:
    """The separator that a spreadsheet expects: a semicolon where the browser's language has a decimal comma."""
    language = next((code for code, _weight in parse_accept_lang_header(accept_language)), "en")
    return ";" if get_format("DECIMAL_SEPARATOR", lang=language, use_l10n=True) == "," else ","


def csv_lines(
    organization: Organization, filters: ProspectFilter, now: datetime, *, separator: str = ","
) -> Iterator[str]:
    """Yield each line with its line break. Opens `tenant()` for one batch at a time."""
    writer = csv.writer(_EchoBuffer(), delimiter=separator)
    yield "\ufeff" + writer.writerow(_header())  # the byte order mark makes Excel read UTF-8
    zone = find_time_zone(organization.time_zone)
    country = country_of(organization.time_zone)
    last: Prospect | None = None
    while True:
        with tenant(organization):
            rows = list_prospects(filters, now)
            if last is not None:
                rows = rows.filter(Q(created_at__lt=last.created_at) | Q(created_at=last.created_at, pk__lt=last.pk))
            batch = list(rows[:BATCH])
            cells = [[safe_cell(cell, separator) for cell in _cells(row, zone, country)] for row in batch]
            lines = [writer.writerow(each) for each in cells]
        yield from lines
        if len(batch) < BATCH:
            return
        last = batch[-1]


def safe_cell(text: str, separator: str = ",") -> str:
    """The text, prefixed with an apostrophe if a spreadsheet would calculate it or drop its leading zeros."""
    if PHONE_NUMBER.fullmatch(text):
        return text
    text = OTHER_SEPARATOR[separator].sub(r"\1'", text)
    is_formula = text.lstrip().startswith(FORMULA) or text.startswith(FORMULA)
    return f"'{text}" if is_formula or (text.startswith("0") and text.isdecimal() and len(text) > 1) else text


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
