"""Small helpers for sentences: names on one line, subjects that fit, dates."""

from datetime import datetime

from django.utils import formats
from django.utils.translation import ngettext

from crosschq.core.text.person_names import given_and_initial
from crosschq.core.text.time_zones import find_time_zone
from crosschq.messaging.content.one_line import in_sentence, plain, short
from crosschq.messaging.content.placeholders import ORGANIZATION_ROOM

__all__ = ["SUBJECT_CHARACTERS", "day", "fitted", "in_sentence", "initial", "plain", "references_in", "short"]

SUBJECT_CHARACTERS = 50


def fitted(pattern: str, **names: str) -> str:
    """A subject of at most 50 characters. Names are shortened to share the room that the pattern leaves.

    An organization's name always keeps 50 characters: see placeholders.render_subject.
    """
    names = {key: plain(name) for key, name in names.items()}
    least = {"organization": ORGANIZATION_ROOM}
    subject = ""
    for room in range(max(map(len, names.values()), default=0), 7, -1):
        subject = pattern % {key: short(name, max(room, least.get(key, 8))) for key, name in names.items()}
        if len(subject) <= SUBJECT_CHARACTERS:
            return subject
    return subject or pattern % names


def day(moment: datetime, time_zone: str, *, with_year: bool = False) -> str:
    """November 29, or with_year Nov 29, 2026, in this time zone."""
    local = moment.astimezone(find_time_zone(time_zone))
    return formats.date_format(local, "DATE_FORMAT" if with_year else "MONTH_DAY_FORMAT")


def references_in(answered: int, requested: int) -> str:
    """For example "2 of 3 references"."""
    words = ngettext("%(answered)d of %(requested)d reference", "%(answered)d of %(requested)d references", requested)
    return words % {"answered": answered, "requested": requested}


def initial(name: str) -> str:
    """ "Priya N." for "Priya Nair"."""
    return given_and_initial(name)
