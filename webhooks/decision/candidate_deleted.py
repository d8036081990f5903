"""The ATS deleted a candidate: do what the organization chose.

The ATS sends the same event for a profile that it merged into another. That person wasn't deleted, so they are never
erased because of it: while the ATS still has a profile that may be theirs, the most we do is email the admins.
"""

from collections.abc import Callable, Hashable
from datetime import datetime

from connectors import ats
from connectors.models import Connection
from crosschq.core.provided import Provided
from crosschq.core.text.characters import comparison_key
from crosschq.core.text.email_keys import address_key
from crosschq.tenancy.models import CandidateDeleted
from crosschq.tenancy.scope import tenant
from webhooks.decision.stale_reads import NotVisibleYet

# The addresses and names of a person; empty if we store nothing about them. Call inside `tenant()`.
known_as: Provided[[Connection, str], list[str]] = Provided("candidate_deleted.known_as")
# Emails the admins or erases the person. The last argument: whether only the email is allowed. Call inside `tenant()`.
act: Provided[[Connection, str, bool], None] = Provided("candidate_deleted.act")


def effect_of(
    connection: Connection, opened: ats.Ats, candidate_id: str, *, read_again_at: datetime | None
) -> Callable[[], object] | None:
    """What to do in the transaction of the event's outcome, if anything. Raises AtsError.

    `read_again_at`: when a read may be newer; None if it is final. Raises NotVisibleYet if the profile is still there.
    """
    chosen = connection.organization.candidate_deleted
    if chosen == CandidateDeleted.NOTHING:
        return None
    with tenant(connection.organization):
        words = known_as(connection, candidate_id)
    if not words:
        return None
    only_tell = chosen != CandidateDeleted.ERASE or _lives_on(opened, candidate_id, words, read_again_at)
    return lambda: act(connection, candidate_id, only_tell)


def _lives_on(opened: ats.Ats, candidate_id: str, words: list[str], read_again_at: datetime | None) -> bool:
    """Whether the ATS shows the profile, or may show another one of the person."""
    try:
        found = opened.candidate(candidate_id)
    except ats.NotVisible:
        return _has_another(opened, candidate_id, words)
    if read_again_at is not None and found.id == candidate_id:
        raise NotVisibleYet(read_again_at)
    return True


def _has_another(opened: ats.Ats, candidate_id: str, words: list[str]) -> bool:
    """Whether the ATS has another profile with one of the person's addresses or names."""
    keys = {_key(word) for word in words}
    found = (each for word in words for each in opened.search(word) if each.id != candidate_id)
    return any(keys & {_key(each.email), _key(f"{each.first_name} {each.last_name}")} for each in found)


def _key(word: str) -> Hashable:
    """The key by which spellings of an address or name are compared. A name's words may come in any order."""
    return address_key(word) if "@" in word else frozenset(comparison_key(word.replace(",", " ")).split())
