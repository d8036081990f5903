"""What an organization stores about one person, in words and numbers. Call inside `tenant()`."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from crosschq.privacy.holdings import HOLDINGS
from crosschq.tenancy.person import Person, PersonKind


@dataclass(frozen=True)
class HeldRow:
    """A row about the person.

    `url`: the page that shows it. `reference_uid`: set for a reference, which can be erased alone.
    """

    about: str
    at: datetime | None
    url: str
    count: int
    reference_uid: UUID | None = None


@dataclass(frozen=True)
class HeldKind:
    """The role in which the person appears, and where."""

    title: str
    rows: list[HeldRow]


@dataclass(frozen=True)
class HeldCount:
    """How many rows of one kind there are."""

    title: str
    count: int


def held_by_kind(person: Person, urls: dict[UUID, str]) -> list[HeldKind]:
    """The roles in which the person appears, with the rows of each."""
    kinds = []
    for kind in PersonKind:
        rows = [
            HeldRow(
                match.about or match.email or match.name,
                match.at,
                urls.get(match.uid, ""),
                match.count,
                match.uid if kind == PersonKind.REFERENCE else None,
            )
            for match in person.of(kind).matches
        ]
        if rows:
            kinds.append(HeldKind(str(kind.label), rows))
    return kinds


def what_is_held(person: Person) -> list[HeldCount]:
    """How many rows of each kind an export of the person contains, including all answers."""
    sections = [section for holding in HOLDINGS for section in holding.export(person, with_answers=True)]
    return [HeldCount(section.title, len(section.rows)) for section in sections if section.rows]
