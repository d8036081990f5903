"""Rows by keys that were found first."""

from collections.abc import Sequence
from typing import Any

from django.db.models import BigIntegerField, BooleanField, F, Func, QuerySet, Subquery, Value
from django.db.models.expressions import Combinable


class _Keys(Subquery):
    template = "ARRAY(%(subquery)s)"
    output_field = BigIntegerField()
    # Without keys there are no rows either.
    empty_result_set_value = NotImplemented


def among_keys(keys: "QuerySet[Any] | Sequence[int]", column: str = "pk") -> Func:
    """The condition for rows with one of these primary keys, or in another column, that point to one of them.

    They are one array. With IN, Django would prepare each of many keys, and PostgreSQL may run a query for each row,
    above all while it still takes a table for small.
    """
    found = _Keys(keys) if isinstance(keys, QuerySet) else Value(list(keys))
    return is_among(column, found)


def is_among(column: str, values: Combinable) -> Func:
    """The condition for rows with one of these values in the column. values: an array."""
    return Func(F(column), values, template="%(expressions)s)", arg_joiner=" = ANY (", output_field=BooleanField())
