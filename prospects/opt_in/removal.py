"""Removes prospects. A tombstone remains: dates, and what to delete in the ATS."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, Q

from crosschq.core import clock
from crosschq.core.provided import Provided
from crosschq.messaging.models import Message
from crosschq.tenancy import audit
from crosschq.tenancy.models import User
from prospects.export import on_opt_in
from prospects.models import Consent, Prospect, Removal
from prospects.opt_in import send


@dataclass(frozen=True)
class Protection:
    """The uids of prospects that legal holds protect, and a condition: whether another hold was placed since."""

    prospects: frozenset[UUID]
    has_changed: Exists


# What the organization's legal holds protect. Call inside `tenant()`.
protection: Provided[[], Protection] = Provided("removal.protection")


def remove(prospect: Prospect, *, why: Removal, actor: User | None = None) -> bool:
    """Erase a prospect's details, consent, and emails. Returns False if already removed. Call inside `tenant()`.

    The reference they gave stays: it belongs to the candidate's request.
    """
    row: Prospect | None = (
        Prospect.objects.select_for_update(of=["self"], no_key=True)
        .select_related("organization")
        .filter(pk=prospect.pk)
        .first()
    )
    if row is None or row.is_removed:
        return False
    linked = on_opt_in.cancel_all(row)
    # An email about an erasure names no one. The person who erases has already seen what to look for.
    person = None if why == Removal.ERASED else send.RemovedPerson(row.name, row.email)
    for name in Prospect.PERSONAL:
        setattr(row, name, "")
    row.removed_at, row.removal, row.ats_attempted_at = clock.now(), why, linked.attempted_at
    row.save()
    Consent.objects.filter(prospect=row).delete()
    # An email being sent right now finds no row to finish and isn't retried.
    Message.objects.filter(about_kind=send.ABOUT_KIND, about_uid=row.uid).delete()
    if actor is not None:
        after = {"prospect": row.uid}
        audit.record(organization=row.organization, actor=actor, action="prospect.remove", after=after)
    notify_staff_to_delete(row, person=person)
    for candidate_id in linked.ids:
        send.notify_staff_of_linked(row, candidate_id)
    return True


def notify_staff_to_delete(tombstone: Prospect, *, person: send.RemovedPerson | None = None) -> None:
    """Email the fallback owner of the connection if an export created, or may have created, a candidate.

    Also called when an export finishes after the prospect was removed. If we don't know whether it created one, the
    email names the `person` to look for while we still know them. Call inside `tenant()`.
    """
    if not tombstone.is_removed or tombstone.ats_deleted_at is not None:
        return
    if tombstone.ats_candidate_id:
        send.notify_staff_to_delete(tombstone)
    elif tombstone.ats_attempted_at:
        send.notify_staff_to_search(tombstone, person)


def record_possible_candidate(tombstone: Prospect, *, attempted_at: datetime) -> None:
    """Record that an export may have created a candidate, and notify staff once. Call inside `tenant()`."""
    unknown = Prospect.objects.filter(pk=tombstone.pk, ats_candidate_id="", ats_attempted_at=None)
    if unknown.update(ats_attempted_at=attempted_at):
        tombstone.ats_attempted_at = attempted_at
        notify_staff_to_delete(tombstone)


def keep_for_new_opt_in(prospect: Prospect, candidate_id: str) -> bool:
    """Whether this candidate was to be deleted but the person opted in again; if so, cancel the deletion.

    In `tenant()`.
    """
    waiting = Prospect.objects.filter(removed_at__isnull=False, ats_deleted_at=None, ats_candidate_id=candidate_id)
    return bool(candidate_id) and bool(waiting.exclude(pk=prospect.pk).update(ats_candidate_id=""))


def mark_deleted(tombstone: Prospect, *, actor: User) -> bool:
    """Record that staff deleted the candidate in the ATS. Returns False if already recorded."""
    waiting = Prospect.objects.filter(pk=tombstone.pk, removed_at__isnull=False, ats_deleted_at=None)
    known = ~Q(ats_candidate_id="") | Q(ats_attempted_at__isnull=False)
    if not waiting.filter(known).update(ats_deleted_at=clock.now()):
        return False
    after = {"prospect": tombstone.uid}
    audit.record(organization=tombstone.organization, actor=actor, action="prospect.deleted_there", after=after)
    return True
