"""Counts that stop, so that they cost the same however many rows there are, and counts inside another statement."""

from collections.abc import Iterable
from typing import Any

from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import IntegerField, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

MOST_COUNTED = 1000


class CountUpTo(Subquery):
    """How many rows there are, or `most` + 1 if there are more, inside another statement."""

    template = "(SELECT count(*) FROM (%(subquery)s) _rows)"
    output_field = IntegerField()
    empty_result_set_value = 0

    def __init__(self, rows: "QuerySet[Any]", most: int = MOST_COUNTED) -> None:
        super().__init__(rows.order_by().values("pk")[: most + 1])


def count_up_to(rows: "QuerySet[Any]", most: int = MOST_COUNTED) -> int:
    """How many rows there are, or `most` + 1 if there are more."""
    found: int = rows.order_by()[: most + 1].count()
    return found


def is_any(rows: "QuerySet[Any]") -> bool:
    """Whether there are such rows, from an index of the organization's newest.

    For `exists()`, PostgreSQL may read the table from its beginning, with everyone's rows: it takes it that those of a
    large organization are spread evenly.
    """
    return bool(rows.order_by("-created_at", "-pk").values_list("pk", flat=True)[:1])


def count_each_up_to(rows: "QuerySet[Any]", conditions: Iterable[Q], most: int = MOST_COUNTED) -> int:
    """How many rows meet one of these conditions, or `most` + 1 if there are more. No row may meet two of them.

    Each condition is counted from its own index. For all of them in one query, PostgreSQL would first read everything
    that those indexes have.
    """
    first, *others = (rows.filter(condition).order_by().values("pk")[: most + 1] for condition in conditions)
    return min(first.union(*others, all=True).count(), most + 1)


def in_words(count: int, most: int = MOST_COUNTED) -> str:
    """A count that stops at `most`, for sentences: "more than 1,000" beyond it."""
    if count > most:
        return _("more than %(count)s") % {"count": intcomma(most)}
    return str(intcomma(count))
