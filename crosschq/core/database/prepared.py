"""Statements that Django writes once for each process, because only their values differ from one run to the next."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Expression, Field, QuerySet

from crosschq.core.database import rls


class Given(Expression):
    """A value that the statement gets when it runs. `kind`: its type in PostgreSQL."""

    def __init__(self, name: str, kind: str, field: "Field[Any, Any] | None" = None) -> None:
        super().__init__(output_field=field)
        self.name, self.kind = name, kind

    def as_sql(self, compiler: object, connection: object) -> Any:
        return f"%s::{self.kind}", [self]


@dataclass(frozen=True)
class Statement:
    """SQL, and the value of each of its parameters, or what it is to be given."""

    sql: str
    parameters: Sequence[Any]

    @classmethod
    def of(cls, rows: "QuerySet[Any, Any]") -> "Statement":
        """What reads these rows."""
        return cls(*rows.query.sql_with_params())

    def run(self, **given: Any) -> list[tuple[Any, ...]]:
        """The rows that it finds in the open scope with these values."""
        return rls.run(self.sql, [given[one.name] if isinstance(one, Given) else one for one in self.parameters])
