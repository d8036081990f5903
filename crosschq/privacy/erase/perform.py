"""Erase a person in one transaction, write to the ledger before the commit, and then prove that nothing is left."""

import json
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.core.outbox.fault_points import fault
from crosschq.core.security.encryption import sealed
from crosschq.core.text.time_zones import find_time_zone
from crosschq.privacy.erase import ledger
from crosschq.privacy.erase.everywhere import (
    erase_copies,
    erase_everywhere,
    hand_over_requests,
    held_reasons,
    left_in_ats,
    only_that_reference,
    owned_requests,
    reason_against_heir,
    reasons_against,
)
from crosschq.privacy.holdings import search
from crosschq.privacy.models import Erasure, as_sought
from crosschq.privacy.proof.search import prove
from crosschq.tenancy.models import Membership, User
from crosschq.tenancy.person import Person
from crosschq.tenancy.scope import current_organization, tenant


def perform(erasure: Erasure) -> None:
    order = json.loads(erasure.sought)
    with timezone.override(find_time_zone(erasure.organization.time_zone)):
        if erasure.erased_at is None:
            with tenant(erasure.organization):
                _erase(erasure)
        with tenant(erasure.organization):
            _erase_what_came_meanwhile(erasure, [*order["identifiers"], *order["names"]])
    # Also the cache and the queue, so not inside a transaction.
    proof = prove(order["identifiers"], order["names"], organization=erasure.organization)
    with tenant(erasure.organization):
        work_item.finish(erasure, sought="", proof=proof.as_json())


def _erase_what_came_meanwhile(erasure: Erasure, words: list[str]) -> None:
    """Erase what others created from rows that they read before the erasure was committed."""
    sought = as_sought(erasure.sought)
    person = Person(tuple(search(sought)))
    if erasure.only_reference:
        person = only_that_reference(person, erasure.person_uid)
    if person.matches and not reasons_against(erasure.organization, person):
        erase_everywhere(person, only_reference=erasure.only_reference)
    erase_copies(words, sought)


def _erase(erasure: Erasure) -> None:
    person = Person(tuple(search(as_sought(erasure.sought))))
    if erasure.only_reference:
        person = only_that_reference(person, erasure.person_uid)
        against = held_reasons(person)
    else:
        _hand_over(erasure, person)
        against = reasons_against(erasure.organization, person)
    if against:
        raise work_item.GiveUp(" ".join(against))
    left = left_in_ats(person)
    rows = erase_everywhere(person, only_reference=erasure.only_reference)
    now = clock.now()
    changes = {"erased_at": now, "rows": rows, "left_in_ats": json.dumps(left) if left else ""}
    mine = Erasure.objects.filter(pk=erasure.pk, lease_token=erasure.lease_token)
    if not mine.update(**sealed(erasure, changes)):
        raise work_item.LeaseLost(str(erasure.uid))
    fault("erasure_before_ledger")
    # Before the commit: if the commit fails, the erasure is retried, and the only effect is a second line.
    ledger.append(
        ledger.Entry(
            erasure=str(erasure.uid),
            organization=str(erasure.organization.uid),
            at=now.isoformat(),
            person=str(erasure.person_uid),
            only_reference=erasure.only_reference,
            keys=sorted(ledger.hashed(key) for key in person.keys),
            uids=sorted(str(uid) for uid in _uids(erasure, person)),
            heir=_membership_of(erasure.heir),
        )
    )
    fault("erasure_after_ledger")


def _uids(erasure: Erasure, person: Person) -> set[UUID]:
    return {erasure.person_uid} if erasure.only_reference else {match.uid for match in person.matches}


def _membership_of(heir: User | None) -> str:
    found = Membership.objects.filter(organization=current_organization(), user=heir).first() if heir else None
    return str(found.uid) if found else ""


def _hand_over(erasure: Erasure, person: Person) -> None:
    """Give the open requests that the person owns to the chosen member."""
    if not owned_requests(person):
        return
    if erasure.heir is None:
        raise work_item.GiveUp(_("They own open requests. Choose who gets these first."))
    if against := reason_against_heir(erasure.organization, person, erasure.heir):
        raise work_item.GiveUp(against)
    hand_over_requests(person, erasure.heir, actor=str(erasure.asked_by or ""))
