"""Rows by keys that were found first."""

from collections.abc import Sequence
from typing import Any

from django.db.models import BigIntegerField, BooleanField, F, Func, QuerySet, Subquery, Value


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
    return Func(F(column), found, template="%(expressions)s)", arg_joiner=" = ANY (", output_field=BooleanField())
