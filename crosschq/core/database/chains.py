"""Rows that lead to others because they name the same thing, followed by one statement however long the chain is."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.models import Field, QuerySet
from django.db.models.expressions import RawSQL

# Each row of `linked` is one thing that was named. The others of its columns are NULL.
_CHAIN = """
WITH RECURSIVE linked({columns}) AS (
    SELECT * FROM unnest({seeds})
    UNION
    SELECT named.* FROM linked
    CROSS JOIN LATERAL ({steps}) AS reached({columns})
    CROSS JOIN LATERAL (VALUES {things}) AS named({columns})
    WHERE {is_named}
)
SELECT * FROM linked
"""


def linked(column: str, field: "Field[Any, Any]") -> RawSQL:
    """The column of what was named before, for the conditions of a step."""
    return RawSQL(f"linked.{column}", [], output_field=field)  # noqa: S611 - a name of our own


def follow(
    columns: Mapping[str, str],
    things: Sequence[Sequence[str]],
    seeds: Iterable[Sequence[Any]],
    steps: "Iterable[QuerySet[Any, Any]]",
) -> list[tuple[Any, ...]]:
    """Everything that the seeds lead to, and the seeds.

    columns: their types. things: which columns name one thing; each has one, and the last is never empty. seeds: one
    value for each column. steps: rows with a value for each column, in this order, that name a thing of `linked`.
    """
    compiled = [rows.query.sql_with_params() for rows in steps]
    names = ", ".join(columns)
    sql = _CHAIN.format(
        columns=names,
        seeds=", ".join(f"%s::{kind}[]" for kind in columns.values()),
        steps=" UNION ALL ".join(step for step, _parameters in compiled),
        things=", ".join(f"({_only(thing, columns)})" for thing in things),
        is_named=" OR ".join(f"named.{thing[-1]}::text > ''" for thing in things),
    )
    values = [list(column) for column in zip(*seeds, strict=True)] or [[] for _column in columns]
    with connection.cursor() as cursor:
        cursor.execute(sql, [*values, *(each for _step, parameters in compiled for each in parameters)])
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def _only(thing: Sequence[str], columns: Mapping[str, str]) -> str:
    return ", ".join(f"reached.{name}" if name in thing else f"NULL::{kind}" for name, kind in columns.items())
