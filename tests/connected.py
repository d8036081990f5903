"""Members and connections that were made once, by the product's actions and on the consent page (`tests/rows.py`).

Tests of connecting itself call `tests.vendor.connected`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from connectors.models import Connection
from crosschq.tenancy.models import Role, User
from crosschq.tenancy.scope import tenant
from tests.factories import make_member, make_organization
from tests.rows import made_once, was_made
from tests.vendor import Vendor, connected

T = TypeVar("T")
RESTORED = ["restore"]
_members: set[int] = set()


def member_made_once(role: Role, *, time_zone: str = "UTC") -> User:
    """The only member of an organization, as the first rows of a test."""

    def made() -> int:
        return make_member(make_organization(time_zone=time_zone), role).pk

    pk = made_once(("member", role, time_zone), made)
    _members.add(pk)
    return User.objects.get(pk=pk)


def already_connected(
    vendor: Vendor, user: User, *, then: Callable[[Vendor, Connection, User], None] | None = None
) -> Connection:
    """A connection with its webhook active. It is made anew if the sandbox has changed since its reset.

    ``then`` does what the test also needs once. The organization has rows of nobody else yet.
    """
    organization = user.memberships.select_related("organization").get().organization

    def make() -> int:
        connection = connected(vendor, organization, user)
        if then:
            then(vendor, connection, user)
        return connection.pk

    if vendor.instructions or user.pk not in _members:
        pk = make()
    else:
        pk = made_once_in_both(vendor, ("connected", user.pk, then.__name__ if then else ""), make)
    with tenant(organization):
        found: Connection = Connection.objects.select_related("organization").get(pk=pk)
    return found


def made_once_in_both(vendor: Vendor, key: tuple[object, ...], make: Callable[[], T]) -> T:
    """What ``make`` returned the first time, with what it changed in the database and in the sandbox."""
    kept = repr((vendor.url, *key))

    def make_and_keep() -> T:
        result = make()
        vendor.tell("keep", name=kept)
        return result

    if was_made(kept):
        vendor.tell("restore", name=kept)
    result = made_once(kept, make_and_keep)
    vendor.instructions[:] = RESTORED
    return result
