"""Which references a template asks for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .relationships import Relationship

MAX_RULES = 10
MAX_REFERENCES = 10


@dataclass(frozen=True)
class ReferenceRule:
    """So many references of one relationship, with a note for the candidate. ANY lets the candidate decide."""

    relationship: Relationship
    count: int
    note: str = ""


def to_json(rules: Sequence[ReferenceRule]) -> list[dict[str, Any]]:
    return [{"relationship": rule.relationship.value, "count": rule.count, "note": rule.note} for rule in rules]


def from_json(stored: Sequence[dict[str, Any]]) -> tuple[ReferenceRule, ...]:
    """The rules of a stored version. Raises ValueError for a relationship that this code does not know."""
    return tuple(
        ReferenceRule(Relationship(rule["relationship"]), count=rule["count"], note=rule["note"]) for rule in stored
    )


def references_wanted(rules: Sequence[ReferenceRule]) -> int:
    return sum(rule.count for rule in rules)
