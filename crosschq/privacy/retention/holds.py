"""Legal holds: people and requests that neither the nightly task nor an erasure may delete.

Ask `is_held` before deleting what is stored about one person, and `in_force` before deleting many rows.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db import models

from crosschq.privacy.holdings import search
from crosschq.privacy.retention.models import LegalHold
from crosschq.tenancy.person import Person, PersonKind, Sought, email_keys
from prospects.models import Prospect
from prospects.opt_in import removal
from requests_app.models import Reader, Reference


@dataclass(frozen=True)
class InForce:
    """What an organization's holds in force protect. `holds`: which they are."""

    holds: frozenset[int] = frozenset()
    requests: frozenset[UUID] = frozenset()
    prospects: frozenset[UUID] = frozenset()
    addresses: frozenset[str] = frozenset()
    keys: frozenset[str] = frozenset()

    @property
    def is_empty(self) -> bool:
        return not (self.requests or self.prospects or self.addresses or self.keys)

    def leave_out(self, rows: "models.QuerySet[Any]") -> "models.QuerySet[Any]":
        """The rows of a table that no hold protects."""
        if self.is_empty:
            return rows
        match rows.model._meta.label:
            case "requests_app.ReferenceRequest":
                return rows.exclude(uid__in=self.requests)
            case "prospects.Prospect":
                return rows.exclude(uid__in=self.prospects)
            case "webhooks.InboundEvent":
                rows = rows.exclude(reference_request_uid__in=self.requests)
                for connection, candidate in Sought(keys=self.keys).ats_ids:
                    rows = rows.exclude(connection=connection, candidate_id=candidate)
                return rows
            case "messaging.Message":
                return rows.exclude(about_uid__in=self.subjects).exclude(to_email__in=self.addresses)
        return rows

    @cached_property
    def subjects(self) -> frozenset[UUID]:
        """The uids that messages about held requests and prospects name."""
        of_held = {"reference_request__uid__in": self.requests}
        people = [
            *Reference.objects.filter(**of_held).values_list("uid", flat=True),
            *Reader.objects.filter(**of_held).values_list("uid", flat=True),
        ]
        return self.requests | self.prospects | frozenset(people)


NOTHING_HELD = InForce()


def current() -> "models.QuerySet[LegalHold]":
    """The holds that are in force. Call inside `tenant()`."""
    return LegalHold.objects.filter(released_at=None)


def in_force() -> InForce:
    """What the holds in force protect. Call inside `tenant()`."""
    holds = list(current())
    if not holds:
        return NOTHING_HELD
    keys = email_keys(*(hold.email for hold in holds if hold.email))
    matches = search(Sought(keys=keys)) if keys else []
    # The second search finds rows that only share another key with the person, such as an id in the ATS.
    all_keys = keys.union(*(match.keys for match in matches))
    if all_keys != keys:
        matches = search(Sought(keys=all_keys))
    person = Person(tuple(matches))
    requests = {hold.reference_request_uid for hold in holds if hold.reference_request_uid} | _requests_of(person)
    return InForce(
        holds=frozenset(hold.pk for hold in holds),
        requests=frozenset(requests),
        prospects=frozenset(person.uids(PersonKind.PROSPECT)),
        addresses=frozenset(email for match in matches if match.keys & keys and (email := match.email)),
        keys=all_keys,
    )


def up_to_date(held: InForce) -> InForce:
    """What the holds protect now, if others were placed or released since. Call inside `tenant()`."""
    return held if held.holds == frozenset(current().values_list("pk", flat=True)) else in_force()


def is_held(person: Person) -> bool:
    """Whether a hold in force protects the person or a request that they appear in. Call inside `tenant()`."""
    held = in_force()
    if held.is_empty:
        return False
    return bool(person.keys & held.keys) or bool(_requests_of(person) & held.requests)


@removal.is_protected.provide
def is_prospect_held(prospect: Prospect) -> bool:
    """Whether a hold in force protects the prospect. Call inside `tenant()`."""
    return prospect.uid in in_force().prospects


def _requests_of(person: Person) -> set[UUID]:
    """The requests in which the person is the candidate, a reference, or a reader."""
    uids = set(person.uids(PersonKind.CANDIDATE))
    for model, kind in ((Reference, PersonKind.REFERENCE), (Reader, PersonKind.READER)):
        mine = person.uids(kind)
        if mine:
            rows = model.objects.filter(uid__in=mine)
            uids |= set(rows.values_list("reference_request__uid", flat=True))
    return uids
