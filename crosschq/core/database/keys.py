"""Rows by keys that a subquery finds first."""

from typing import Any

from django.db.models import BigIntegerField, BooleanField, F, Func, QuerySet, Subquery


class _Keys(Subquery):
    template = "(ARRAY(%(subquery)s))"
    output_field = BigIntegerField()
    # Without keys there are no rows either.
    empty_result_set_value = NotImplemented


def among_keys(keys: "QuerySet[Any]") -> Func:
    """The condition for rows with one of these primary keys.

    As an array, they are found once. With IN, PostgreSQL may find them again for each row, above all while it still
    takes a table for small.
    """
    return Func(F("pk"), _Keys(keys), template="%(expressions)s", arg_joiner=" = ANY ", output_field=BooleanField())
