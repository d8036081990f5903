"""Which references a template asks for, and when they are enough."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from templates_app.surveys.relationships import Relationship

MAX_RULES = 10
MAX_REFERENCES = 10
MAX_FINISH_DAYS = 30


@dataclass(frozen=True)
class ReferenceRule:
    """So many references of one relationship, with a note for the candidate. ANY lets the candidate decide.

    required: whether the candidate has to name them before anybody is asked.
    """

    relationship: Relationship
    count: int
    note: str = ""
    required: bool = True


@dataclass(frozen=True)
class FinishRule:
    """When a request is complete although not everybody has answered; without answers, never.

    answers: how many have to be in. relationship: of which one of them has to be; ANY for none in particular.
    days: how many whole days have to have passed since the request began.
    """

    answers: int = 0
    relationship: Relationship = Relationship.ANY
    days: int = 0

    def is_met(self, answered: Sequence[str], *, after: timedelta) -> bool:
        """answered: the relationship of each reference who has answered."""
        return (
            0 < self.answers <= len(answered)
            and self.relationship in (Relationship.ANY, *answered)
            and after >= timedelta(days=self.days)
        )


WHEN_ALL_ARE_IN = FinishRule()


def to_json(rules: Sequence[ReferenceRule]) -> list[dict[str, Any]]:
    return [
        {"relationship": rule.relationship.value, "count": rule.count, "note": rule.note, "required": rule.required}
        for rule in rules
    ]


def from_json(stored: Sequence[dict[str, Any]]) -> tuple[ReferenceRule, ...]:
    """The rules of a stored version. Raises ValueError for a relationship that this code does not know."""
    return tuple(
        ReferenceRule(
            Relationship(rule["relationship"]),
            count=rule["count"],
            note=rule["note"],
            required=rule.get("required", True),  # earlier versions had no others
        )
        for rule in stored
    )


def references_wanted(rules: Sequence[ReferenceRule]) -> int:
    return sum(rule.count for rule in rules)
