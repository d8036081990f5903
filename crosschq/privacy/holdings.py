"""Everything that the product stores about people: one `personal_data` module per app, all with the same functions."""

from collections.abc import Iterable
from typing import Protocol

from connectors import personal_data as connections
from crosschq.messaging import personal_data as messages
from crosschq.privacy import personal_data as desk
from crosschq.privacy.retention import personal_data as retention
from crosschq.tenancy import personal_data as accounts
from crosschq.tenancy.person import Column, Correction, ExportSection, Match, Person, Sought
from prospects import personal_data as prospects
from requests_app import personal_data as requests
from templates_app import personal_data as templates
from webhooks import personal_data as events


class Holding(Protocol):
    """The functions that each of these modules has. Call all of them inside `tenant()`."""

    COLUMNS: list[Column]

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


# An address leads to a candidate's id, and that to another address. Longer chains don't occur.
ROUNDS = 3


def search(sought: Sought) -> list[Match]:
    """Find every row that belongs to one of these keys or names. Call inside `tenant()`."""
    return [match for holding in HOLDINGS for match in holding.find(sought)]


def everything_about(found: list[Match]) -> list[Match]:
    """These rows, and all others about the same people. Call inside `tenant()`."""
    for _round in range(ROUNDS):
        sought = Person(tuple(found)).sought
        more = search(sought)
        if Person(tuple(more)).keys == sought.keys:
            return more
        found = more
    return found
