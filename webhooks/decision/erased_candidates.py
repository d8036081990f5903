"""Candidates of the ATS whose data was erased: a move of theirs starts no request, whatever their address is now.

Call everything inside `tenant()`.
"""

from collections.abc import Collection, Iterable

from connectors.models import Connection
from crosschq.core.security.pseudonyms import pseudonym
from crosschq.messaging.models import Channel, Suppression, SuppressionReason
from crosschq.messaging.sending.suppression import address_hash
from crosschq.tenancy.scope import current_organization
from webhooks.models import ErasedCandidate


def block(ats_ids: Iterable[tuple[int, str]], *, emails: Iterable[str]) -> None:
    """Start no more requests for these candidates.

    ats_ids: pairs of a connection and an id. emails: the person's addresses.
    """
    hashes = {address_hash(email).hex() for email in emails}
    for connection_id, candidate_id in ats_ids:
        row, _new = ErasedCandidate.objects.get_or_create(
            organization=current_organization(), connection_id=connection_id, candidate_hash=_hash(candidate_id)
        )
        row.address_hashes = sorted(hashes.union(row.address_hashes))
        row.save(update_fields=["address_hashes"])


def is_blocked(connection: Connection, candidate_ids: Collection[str]) -> bool:
    """Whether one of these candidates was erased."""
    hashes = [_hash(candidate_id) for candidate_id in candidate_ids]
    return bool(ErasedCandidate.objects.filter(connection=connection, candidate_hash__in=hashes).exists())


def is_id_blocked(candidate_id: str) -> bool:
    """Whether a candidate with this id was erased, in the ATS of any connection."""
    return bool(ErasedCandidate.objects.filter(candidate_hash=_hash(candidate_id)).exists())


def allow_address(email: str) -> bool:
    """Allow requests to the candidates who had this address. Returns whether there were any."""
    blocked = ErasedCandidate.objects.filter(address_hashes__contains=[address_hash(email).hex()])
    return bool(blocked.delete()[0])


def allow_id(candidate_id: str) -> bool:
    """Allow requests to the candidate with this id, also at the addresses they had. Returns whether it was blocked."""
    blocked = ErasedCandidate.objects.filter(candidate_hash=_hash(candidate_id))
    hashes = {bytes.fromhex(each) for row in blocked for each in row.address_hashes}
    Suppression.objects.filter(
        organization=current_organization(),
        channel=Channel.EMAIL,
        reason=SuppressionReason.ERASED,
        about_uid=None,
        address_hash__in=hashes,
    ).delete()
    return bool(blocked.delete()[0])


def _hash(candidate_id: str) -> bytes:
    return pseudonym(candidate_id.strip(), purpose="erased candidate")
