"""Legal holds: people and requests that neither the nightly task nor an erasure may delete.

Ask `is_held` before deleting what is stored about one person, and `in_force` before deleting many rows.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import models

from crosschq.messaging.personal_data import addressed_to, numbers_of
from crosschq.privacy.holdings import everything_about
from crosschq.privacy.retention.held_rows import InForce, held_messages
from crosschq.privacy.retention.models import LegalHold
from crosschq.tenancy.person import Person, PersonKind, Sought, email_keys
from prospects import personal_data as of_prospects
from prospects.opt_in import removal
from requests_app import personal_data as of_requests
from requests_app.models import ReferenceRequest
from webhooks import personal_data as of_events

NOTHING_HELD = InForce()
# Where a held person's requests, prospects, ids, and numbers are.
HELD = (of_prospects, of_requests, of_events)


def current() -> "models.QuerySet[LegalHold]":
    """The holds that are in force. Call inside `tenant()`."""
    return LegalHold.objects.filter(released_at=None)


def in_force(*, placed_after: datetime | None = None) -> InForce:
    """What the holds in force protect. `placed_after`: only newer ones. Call inside `tenant()`."""
    return protected_by(list(current().filter(placed_at__gt=placed_after) if placed_after else current()))


def protected_by(holds: Sequence[LegalHold]) -> InForce:
    """What these holds protect. Call inside `tenant()`."""
    if not holds:
        return NOTHING_HELD
    keys = email_keys(*(hold.email for hold in holds if hold.email))
    person = Person(tuple(everything_about(Sought(keys=keys), holdings=HELD))) if keys else Person()
    requests = {hold.reference_request_uid for hold in holds if hold.reference_request_uid} | _requests_of(person)
    return InForce(
        holds=frozenset(hold.pk for hold in holds),
        requests=frozenset(requests),
        prospects=frozenset(person.uids(PersonKind.PROSPECT)),
        keys=keys | person.keys,
        numbers=frozenset(numbers_of(person)),
    )


def up_to_date(held: InForce) -> InForce:
    """What the holds protect now, if others were placed or released since. Call inside `tenant()`."""
    return held if held.holds == frozenset(current().values_list("pk", flat=True)) else in_force()


def release_older(person: Person, at: datetime) -> None:
    """Release the holds on a person and on the requests about them that were placed before. Call inside `tenant()`."""
    candidate = set(person.uids(PersonKind.CANDIDATE))
    for hold in current().filter(placed_at__lte=at):
        if email_keys(hold.email) & person.keys or hold.reference_request_uid in candidate:
            current().filter(pk=hold.pk).update(released_at=at, email="")


def is_held(person: Person, *, placed_after: datetime | None = None) -> bool:
    """Whether a hold in force protects the person or a request that they appear in. Call inside `tenant()`."""
    held = in_force(placed_after=placed_after)
    if held.is_empty:
        return False
    if person.keys & held.keys or _requests_of(person) & held.requests:
        return True
    # For example, someone who owned a held request before its current owner.
    return held_messages(held).filter(addressed_to(person.sought.email_keys)).exists()


@removal.protection.provide
def protection_of_prospects() -> removal.Protection:
    """What the holds in force protect. Call inside `tenant()`."""
    held = in_force()
    return removal.Protection(held.prospects, has_changed=models.Exists(current().exclude(pk__in=held.holds)))


def _requests_of(person: Person) -> set[UUID]:
    """The requests in which the person is the candidate, a reference, a reader, or the owner."""
    uids = set(person.requests(PersonKind.CANDIDATE, PersonKind.REFERENCE, PersonKind.READER))
    owners = person.of(PersonKind.OWNER)
    if owners.matches:
        owned = ReferenceRequest.objects.filter(owner_key__in=owners.sought.email_keys, is_test=False)
        uids |= set(owned.values_list("uid", flat=True))
    return uids
