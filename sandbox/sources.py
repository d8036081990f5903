"""Finds the source that a caller names by type, subtype, and value."""

from __future__ import annotations

from sandbox.model import Source, World

REFERRALS = "REFERRALS"
# The default source of candidates created through the API, and of those added manually.
API, MANUAL_UPLOAD = "API", "Manual Upload"


class UnknownType(LookupError):
    """Unknown source type."""


class WrongSubtype(LookupError):
    """The type has no such subtype."""


class UnknownSource(LookupError):
    """The type has no such value; ``elsewhere`` says whether another type has."""

    def __init__(self, *, elsewhere: bool) -> None:
        super().__init__("There is no such source.")
        self.elsewhere = elsewhere


class Ambiguous(LookupError):
    """Several subtypes have the value."""


def source(world: World, type_id: str, source_id: str, subtype_id: str | None) -> Source:
    """The one source with this id. Raises one of the errors above."""
    found = values(world, type_id, subtype_id)
    matching = [candidate for candidate in found if candidate.id == source_id]
    if not matching:
        elsewhere = any(other.id == source_id and not other.deleted for other in world.sources.values())
        raise UnknownSource(elsewhere=elsewhere)
    if len(matching) > 1:
        raise Ambiguous
    return matching[0]


def values(world: World, type_id: str, subtype_id: str | None) -> list[Source]:
    """The sources of a type, or of one of its subtypes. Raises UnknownType or WrongSubtype."""
    if type_id not in world.source_types:
        raise UnknownType
    if subtype_id is not None and subtype_id not in world.source_types[type_id].subtypes:
        raise WrongSubtype
    return [
        found
        for found in world.sources.values()
        if found.type_id == type_id and subtype_id in (None, found.subtype_id) and not found.deleted
    ]


def standard(world: World, label: str) -> Source:
    """One of the sources that every company has: ``API`` or ``MANUAL_UPLOAD``."""
    return next(found for found in world.sources.values() if found.label == label)


def shown(found: Source) -> str:
    """A source as a candidate's application shows it."""
    return f"Referred by {found.label}" if found.type_id == REFERRALS else found.label
