"""What people say yes to. Each wording has a number for good: a change of words is a new number, never an edit."""

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from requests_app.text import plain

TEXTS: Mapping[int, str] = {
    1: gettext_noop(
        "Yes, %(organization)s may keep my name, e-mail, phone, employer, job title and area of interest "
        "for 12 months, and write to me about jobs."
    ),
}
CURRENT = max(TEXTS)


def consent_text(version: int, *, organization: str) -> str:
    """The words of this number, in the language of the page. Raises KeyError for a number that never was."""
    return _(TEXTS[version]) % {"organization": plain(organization)}


def a_year_after(moment: datetime) -> datetime:
    """The same day of the next year; of 29 February, the 28th."""
    try:
        return moment.replace(year=moment.year + 1)
    except ValueError:
        return moment.replace(year=moment.year + 1, day=28)
