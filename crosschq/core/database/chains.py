"""Rows that lead to others because they name the same thing, followed by one statement however long the chain is."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Expression, Field, QuerySet

from crosschq.core.database.prepared import Given, Statement

# What rows can name, such as an id: its columns with their types, of which the last is never empty.
Thing = Mapping[str, str]
# Each row of `linked` is one thing: it has values in the columns of that thing, and NULL in the others.
_SQL = """
WITH RECURSIVE linked({columns}) AS (
    SELECT * FROM unnest({seeds})
    UNION
    SELECT thing.* FROM linked
    CROSS JOIN LATERAL ({steps}) AS found({columns})
    CROSS JOIN LATERAL (VALUES {things}) AS thing({columns})
    WHERE {is_named}
)
SELECT * FROM linked
"""


class Linked(Expression):
    """A column of the thing whose rows a step finds, for the step's conditions."""

    def __init__(self, column: str, field: "Field[Any, Any]") -> None:
        super().__init__(output_field=field)
        self.column = column

    def as_sql(self, compiler: object, connection: object) -> Any:
        return f"linked.{self.column}", []


class Chain:
    """All things that some lead to. steps: the rows that name a `Linked` thing, with the columns of all things."""

    def __init__(self, things: Iterable[Thing], steps: "Iterable[QuerySet[Any, Any]]") -> None:
        things, steps = list(things), list(steps)
        self._columns = {name: kind for thing in things for name, kind in thing.items()}
        seeds = [Given(name, f"{kind}[]") for name, kind in self._columns.items()]
        compiled = [Statement.of(step) for step in steps]
        sql = _SQL.format(
            columns=", ".join(self._columns),
            seeds=", ".join(f"%s::{seed.kind}" for seed in seeds),
            steps=" UNION ALL ".join(step.sql for step in compiled),
            things=", ".join(f"({self._only(thing)})" for thing in things),
            is_named=" OR ".join(f"thing.{list(thing)[-1]}::text > ''" for thing in things),
        )
        self._statement = Statement(sql, [*seeds, *(given for step in compiled for given in step.parameters)])

    def follow(self, seeds: Iterable[Mapping[str, Any]], **given: Any) -> list[dict[str, Any]]:
        """The seeds, and what they lead to: one thing in each. given: what the steps are to be given."""
        seeds = list(seeds)
        columns = {name: [seed.get(name) for seed in seeds] for name in self._columns}
        return [dict(zip(self._columns, thing, strict=True)) for thing in self._statement.run(**columns, **given)]

    def _only(self, thing: Thing) -> str:
        return ", ".join(f"found.{name}" if name in thing else f"NULL::{kind}" for name, kind in self._columns.items())
