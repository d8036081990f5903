"""Find people in everything that an organization stores. Rows that share an address or an ATS id are one person.

Call everything inside `tenant()`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import UUID

from connectors.models import Connection
from crosschq.core.text.characters import search_words
from crosschq.privacy.holdings import everything_about, keys_of, search
from crosschq.tenancy.person import Match, Person, Sought, ats_keys, email_keys

# Per kind. If more people match a name, it is too short to choose from.
MOST_FOUND = 50


@dataclass(frozen=True)
class FoundPeople:
    """The people that a search found, newest first. `is_partial`: there are more."""

    people: list[Person]
    is_partial: bool


def find_people(text: str) -> FoundPeople:
    """The people with this address, with all of these words in their name, or with this id in the ATS."""
    if "@" in text:
        sought = Sought(keys=email_keys(address_in(text)), newest_readers=True)
        return FoundPeople(group(everything_about(sought)), is_partial=False)
    connections = Connection.objects.values_list("pk", flat=True)
    keys = frozenset().union(*(ats_keys(connection, text.strip()) for connection in connections))
    found = search(Sought(keys=keys, words=tuple(search_words(text)), most=MOST_FOUND + 1))
    people = group(everything_about(replace(Person(tuple(found)).sought, newest_readers=True)))
    uids = {match.uid for match in found}
    people = [person for person in people if uids & {match.uid for match in person.matches}]
    return FoundPeople(people[:MOST_FOUND], is_partial=len(people) > MOST_FOUND)


def address_in(text: str) -> str:
    """The address of “Maya Osei <maya@example.com>”, as email programs copy it; else the text."""
    return text.rpartition("<")[2].rstrip("> ")


def find_person(uid: UUID, *, newest_readers: bool = False) -> Person | None:
    """The person whose row has this uid, with everything else about them. newest_readers: see Sought."""
    uids = frozenset({uid})
    keys = keys_of(uids)
    return None if keys is None else Person(tuple(everything_about(Sought(keys, uids, newest_readers=newest_readers))))


def group(matches: Iterable[Match]) -> list[Person]:
    """Group matches that are connected by keys into people, those with the newest rows first."""
    groups: list[tuple[set[str], list[Match]]] = []
    for match in matches:
        keys, rows = set(match.keys), [match]
        apart = []
        for other in groups:
            if keys & other[0]:
                keys, rows = keys | other[0], other[1] + rows
            else:
                apart.append(other)
        groups = [*apart, (keys, rows)]
    people = [Person(tuple(rows)) for _keys, rows in groups]
    return sorted(people, key=_newest, reverse=True)


def _newest(person: Person) -> float:
    return max((match.at.timestamp() for match in person.matches if match.at), default=0.0)
