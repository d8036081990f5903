"""The terms in which every app describes people: which columns hold personal data, and which rows are about a person.

Each app that stores personal data has a module `personal_data.py` with the same functions; crosschq/privacy/holdings.py
collects them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _

from crosschq.core.database.keys import among_keys
from crosschq.core.text.email_keys import address_key
from crosschq.core.text.lengths import PERSON_NAME, fitted
from crosschq.core.text.person_names import full_name
from crosschq.core.text.redaction import is_whole_name
from crosschq.tenancy.addresses import AddressColumn, at_spellings, spellings_of

Row = dict[str, Any]
# Of each kind of row, for names that have no words of their own to find them by.
MOST_NAMES_READ = 2000
# That pages about a person show. An owner is a reader in each of their requests, of which there may be very many.
MOST_READERS = 100


class PersonKind(models.TextChoices):
    """Where a person appears. The label is the heading above what we store there."""

    CANDIDATE = "candidate", _("Candidate in a request")
    REFERENCE = "reference", _("Reference")
    READER = "reader", _("Reader of a report")
    OWNER = "owner", _("Owner of requests")
    PROSPECT = "prospect", _("Prospect")
    RECIPIENT = "recipient", _("Recipient of messages")
    EVENT = "event", _("Candidate in the event log")
    DIRECTORY = "directory", _("Colleague in the ATS")
    MANAGER = "manager", _("Hiring manager on a template")
    MEMBER = "member", _("Member")
    INVITED = "invited", _("Invited to become a member")
    HELD = "held", _("Under a legal hold")


@dataclass(frozen=True)
class Column:
    """A column that can hold text. `note` says how long it keeps personal data, or why it has none."""

    model: str
    name: str
    of: tuple[PersonKind, ...]
    note: str


def personal(model: str, *names: str, of: Iterable[PersonKind], until: str) -> list[Column]:
    """Columns with personal data of these people. `until`: how long it stays."""
    return [Column(model, name, tuple(of), until) for name in names]


def impersonal(model: str, *names: str, why: str) -> list[Column]:
    """Columns without personal data. `why`: the reason that they have none."""
    return [Column(model, name, (), why) for name in names]


def work_columns(model: str) -> list[Column]:
    """The outbox's own columns of a table of work, except `reason`."""
    return impersonal(model, "state", "held_for", "trace_id", why="ids, and values from fixed lists")


@dataclass(frozen=True)
class Sought:
    """What to find: rows with one of these keys or uids, or with a name that contains all of these words.

    `most` limits how many are found of each kind. `spellings`: what was read of the columns with addresses.
    newest_readers: find only the newest rows of a reader, MOST_READERS and one more for each address.
    """

    keys: frozenset[str] = frozenset()
    uids: frozenset[UUID] = frozenset()
    words: tuple[str, ...] = ()
    most: int | None = None
    newest_readers: bool = False
    spellings: Mapping[AddressColumn, list[str]] = field(default_factory=dict, compare=False)

    @property
    def email_keys(self) -> frozenset[str]:
        return frozenset(key.removeprefix("email:") for key in self.keys if key.startswith("email:"))

    @property
    def ats_ids(self) -> list[tuple[int, str]]:
        """Pairs of a connection and the candidate's id in its ATS."""
        parts = (key.split(":", 2) for key in self.keys if key.startswith("ats:"))
        return [(int(connection), candidate) for _kind, connection, candidate in parts]

    def at(self, column: AddressColumn) -> models.Q:
        """The condition that the address in this column has one of the keys. Call inside `tenant()`."""
        keys = self.email_keys
        read = self.spellings if column in self.spellings else spellings_of([column], keys)
        return at_spellings(column, keys, read.get(column, []))

    def named(self, *columns: str, among: "Callable[[], models.QuerySet[Any]] | None" = None) -> models.Q:
        """The condition that all words occur in the name, which may be split across these columns.

        among: returns the only rows to look at. No index serves a part of a name, so a table that grows names which
        rows to read.
        """
        if not self.words:
            return models.Q(pk__in=[])
        condition = models.Q() if among is None else models.Q(among_keys(among().values("pk")))
        for word in self.words:
            one = models.Q()
            for column in columns:
                one |= models.Q(**{f"{column}__folded_contains": word})
            condition &= one
        return condition


def email_keys(*addresses: str) -> frozenset[str]:
    """The keys of these addresses. Rows with the same key belong to one person."""
    return frozenset(f"email:{address_key(address)}" for address in addresses if address.strip())


def ats_keys(connection_id: int | None, candidate_id: str) -> frozenset[str]:
    """The key of a candidate in an ATS; empty if there is no id."""
    return frozenset({f"ats:{connection_id}:{candidate_id}"}) if connection_id and candidate_id else frozenset()


def request_keys(*uids: UUID) -> frozenset[str]:
    """The keys that connect the candidate of a request with what started it."""
    return frozenset(f"request:{uid}" for uid in uids)


@dataclass(frozen=True)
class Match:
    """One row about a person. `about` describes it in a list. `count`: how many rows it represents.

    request: the uid of the request that it belongs to. page: the URL name and the arguments, after the organization, of
    the page that shows it.
    """

    kind: PersonKind
    uid: UUID
    name: str = ""
    email: str = ""
    phone: str = ""
    keys: frozenset[str] = frozenset()
    about: str = ""
    at: datetime | None = None
    count: int = 1
    request: UUID | None = None
    page: tuple[str, ...] = ()


@dataclass(frozen=True)
class Person:
    """What one organization stores about one person, or a part of it."""

    matches: tuple[Match, ...] = ()

    def uids(self, *kinds: PersonKind) -> list[UUID]:
        return [match.uid for match in self.matches if match.kind in kinds]

    def requests(self, *kinds: PersonKind) -> list[UUID]:
        """The uids of the requests that the person's rows of these kinds belong to."""
        return [match.request for match in self.matches if match.kind in kinds and match.request]

    def of(self, *kinds: PersonKind) -> "Person":
        return Person(tuple(match for match in self.matches if match.kind in kinds))

    @property
    def keys(self) -> frozenset[str]:
        return frozenset().union(*(match.keys for match in self.matches))

    @property
    def sought(self) -> Sought:
        return Sought(keys=self.keys, uids=frozenset(match.uid for match in self.matches))

    @property
    def names(self) -> list[str]:
        return _distinct(match.name for match in self.matches)

    @property
    def emails(self) -> list[str]:
        return _distinct(match.email for match in self.matches)

    @property
    def phones(self) -> list[str]:
        return _distinct(match.phone for match in self.matches)

    @property
    def words(self) -> list[str]:
        """What identifies the person in a text: addresses, numbers, and names of several words."""
        return [*self.emails, *self.phones, *filter(is_whole_name, self.names)]


@dataclass(frozen=True)
class ExportSection:
    """A part of an export: rows of one kind, as stored. They are read when they are needed."""

    title: str
    rows: "models.QuerySet[Any, Row] | list[Row]" = field(default_factory=list)


@dataclass(frozen=True)
class Correction:
    """A person's correct details. An empty one stays as it is."""

    first_name: str = ""
    last_name: str = ""
    email: str = ""
    phone: str = ""

    @property
    def name(self) -> str:
        return fitted(full_name(self.first_name, self.last_name), PERSON_NAME)

    @property
    def names(self) -> dict[str, str]:
        """Both names, of which the last may be empty; nothing if the name stays as it is."""
        return {"first_name": self.first_name, "last_name": self.last_name} if self.first_name else {}


def rows_of(rows: "models.QuerySet[Any]", *columns: str) -> "models.QuerySet[Any, Row]":
    """These columns of the rows, for a section of an export."""
    return rows.values(*columns)


def _distinct(values: Iterable[str]) -> list[str]:
    return list(_once(value.strip() for value in values if value.strip()))


def _once(values: Iterable[str]) -> Iterator[str]:
    seen = set()
    for value in values:
        if value.casefold() not in seen:
            seen.add(value.casefold())
            yield value
