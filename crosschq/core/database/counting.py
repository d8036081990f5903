"""Counts that stop, so that they cost the same however many rows there are."""

from typing import Any

from django.db.models import IntegerField, QuerySet, Subquery


class CountUpTo(Subquery):
    """How many rows there are, or `most` + 1 if there are more."""

    template = "(SELECT count(*) FROM (%(subquery)s) _rows)"
    output_field = IntegerField()

    def __init__(self, rows: "QuerySet[Any]", most: int) -> None:
        super().__init__(rows.order_by().values("pk")[: most + 1])
