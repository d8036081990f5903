"""What an organization stores about one person, in words and numbers. Call inside `tenant()`."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse

from crosschq.core.database.counting import CountUpTo
from crosschq.privacy.holdings import HOLDINGS
from crosschq.tenancy.models import Organization
from crosschq.tenancy.person import MOST_READERS, Person, PersonKind
from crosschq.tenancy.scope import current_organization


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
    """The role in which the person appears, and where. `is_partial`: these are only the newest."""

    title: str
    rows: list[HeldRow]
    is_partial: bool = False


@dataclass(frozen=True)
class HeldCount:
    """How many rows of one kind there are."""

    title: str
    count: int


def held_by_kind(organization: Organization, person: Person) -> list[HeldKind]:
    """The roles in which the person appears, with the rows of each."""
    kinds = []
    for kind in PersonKind:
        rows = [
            HeldRow(
                match.about or match.email or match.name,
                match.at,
                reverse(match.page[0], args=[organization.slug, *match.page[1:]]) if match.page else "",
                match.count,
                match.uid if kind == PersonKind.REFERENCE else None,
            )
            for match in person.of(kind).matches
        ]
        if rows:
            is_partial = kind == PersonKind.READER and len(rows) > MOST_READERS
            kinds.append(HeldKind(str(kind.label), rows[:MOST_READERS] if is_partial else rows, is_partial))
    return kinds


def what_is_held(person: Person) -> list[HeldCount]:
    """How many rows of each kind an export of the person contains, including all answers, up to MOST_COUNTED + 1."""
    sections = [section for holding in HOLDINGS for section in holding.export(person, with_answers=True)]
    one_statement = Organization.objects.filter(pk=current_organization().pk)
    stored = [CountUpTo(each.rows) for each in sections if isinstance(each.rows, QuerySet)]
    counts = iter(one_statement.values_list(*stored).get())
    held = [
        HeldCount(each.title, next(counts) if isinstance(each.rows, QuerySet) else len(each.rows)) for each in sections
    ]
    return [each for each in held if each.count]
