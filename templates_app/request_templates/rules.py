"""The references that a template asks for, and when a request is complete."""

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
    """A number of references of one relationship. ANY lets the candidate decide.

    note: shown to the candidate. required: whether the candidate has to name them before any invitation goes out.
    """

    relationship: Relationship
    count: int
    note: str = ""
    required: bool = True


@dataclass(frozen=True)
class FinishRule:
    """When a request is complete before everyone has answered. answers=0 means never.

    answers: how many are needed. relationship: the relationship that one of them needs to have, or ANY. days: how many
    full days need to pass after the request starts.
    """

    answers: int = 0
    relationship: Relationship = Relationship.ANY
    days: int = 0

    def is_met(self, answered: Sequence[str], *, after: timedelta) -> bool:
        """answered: the relationship of each reference who answered."""
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
    """The rules of a stored version. Raises ValueError for an unknown relationship."""
    return tuple(
        ReferenceRule(
            Relationship(rule["relationship"]),
            count=rule["count"],
            note=rule["note"],
            required=rule.get("required", True),  # older versions don't have it
        )
        for rule in stored
    )


def references_requested(rules: Sequence[ReferenceRule]) -> int:
    return sum(rule.count for rule in rules)
