"""Everything that the product stores about people: one `personal_data` module per app, all with the same functions."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Protocol
from uuid import UUID

from connectors import personal_data as connections
from crosschq.messaging import personal_data as messages
from crosschq.privacy import personal_data as desk
from crosschq.privacy.linked import with_linked
from crosschq.privacy.retention import personal_data as retention
from crosschq.tenancy import personal_data as accounts
from crosschq.tenancy.addresses import AddressColumn, rows_with, spellings_of
from crosschq.tenancy.person import (
    Column,
    Correction,
    ExportSection,
    Match,
    Person,
    Sought,
    ats_keys,
    email_keys,
)
from prospects import personal_data as prospects
from requests_app import personal_data as requests
from templates_app import personal_data as templates
from webhooks import personal_data as events


class Holding(Protocol):
    """The functions that each of these modules has. Call all of them inside `tenant()`."""

    COLUMNS: list[Column]
    ADDRESSES: list[AddressColumn]

    def find(self, sought: Sought, /) -> list[Match]: ...
    def all_keys(self) -> list[str]: ...
    def export(self, person: Person, /, *, with_answers: bool = False) -> list[ExportSection]: ...
    def correct(self, person: Person, correction: Correction, /) -> int: ...
    def erase(self, person: Person, /) -> int: ...


# Upper layers first, so that references to a row are gone before the row is.
HOLDINGS: tuple[Holding, ...] = (
    retention,
    desk,
    prospects,
    events,
    requests,
    connections,
    templates,
    messages,
    accounts,
)


def columns() -> Iterable[Column]:
    """Every column of every table that can hold text."""
    for holding in HOLDINGS:
        yield from holding.COLUMNS


def search(sought: Sought, holdings: Sequence[Holding] = HOLDINGS) -> list[Match]:
    """Find every row that belongs to one of these keys or names. Call inside `tenant()`."""
    sought = replace(sought, spellings=spellings_of(_addresses(holdings), sought.email_keys))
    return [match for holding in holdings for match in holding.find(sought)]


def everything_about(sought: Sought, holdings: Sequence[Holding] = HOLDINGS) -> list[Match]:
    """Every row of the people that these keys and uids belong to, however they are linked. Call inside `tenant()`."""
    while True:
        linked = with_linked(sought)
        found = _reached(search(linked, holdings), sought)
        keys = Person(tuple(found)).keys
        # Only an oddly spelled address can lead further.
        if keys <= linked.keys:
            return found
        sought = replace(sought, keys=sought.keys | keys)


def _reached(matches: list[Match], sought: Sought) -> list[Match]:
    """Those that these keys and uids lead to."""
    with_key = defaultdict(list)
    for match in matches:
        for key in match.keys:
            with_key[key].append(match)
    reached: dict[int, Match] = {}
    following = [match for match in matches if match.uid in sought.uids or match.keys & sought.keys]
    while following:
        match = following.pop()
        if id(match) not in reached:
            reached[id(match)] = match
            following.extend(other for key in match.keys for other in with_key.pop(key, ()))
    return [match for match in matches if id(match) in reached]


def keys_of(uids: Collection[UUID]) -> frozenset[str] | None:
    """The keys of the rows with these uids, None if there is no such row. Call inside `tenant()`."""
    rows = rows_with(_addresses(HOLDINGS), uids)
    if rows:
        return frozenset().union(*(email_keys(row.email) | ats_keys(row.connection, row.candidate) for row in rows))
    # The other addresses are encrypted.
    matches = search(Sought(uids=frozenset(uids)), [holding for holding in HOLDINGS if not holding.ADDRESSES])
    return Person(tuple(matches)).keys if matches else None


def _addresses(holdings: Iterable[Holding]) -> list[AddressColumn]:
    return [column for holding in holdings for column in holding.ADDRESSES]
