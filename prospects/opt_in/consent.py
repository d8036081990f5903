"""The consent wording. Each wording has a permanent version: to change it, add a version instead of editing one."""

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from requests_app.text import plain

TEXTS: Mapping[int, str] = {
    1: gettext_noop(
        "Yes, %(organization)s may keep my name, email, phone, employer, job title, and area of interest "
        "for 12 months and contact me about jobs."
    ),
}
CURRENT = max(TEXTS)


def consent_text(version: int, *, organization: str) -> str:
    """The wording of this version, in the language of the page. Raises KeyError for an unknown version."""
    return _(TEXTS[version]) % {"organization": plain(organization)}


def a_year_after(moment: datetime) -> datetime:
    """The same day of the next year; February 28 for February 29."""
    try:
        return moment.replace(year=moment.year + 1)
    except ValueError:
        return moment.replace(year=moment.year + 1, day=28)
