"""Somebody is a prospect no longer. What stays is a tombstone: its dates, and what to delete elsewhere."""

from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from crosschq.core import clock
from crosschq.messaging.models import Message
from crosschq.tenancy import audit
from crosschq.tenancy.models import User
from prospects.export import on_opt_in
from prospects.models import Consent, Prospect, Removal
from prospects.opt_in import send


def remove(prospect: Prospect, *, why: Removal, actor: User | None = None) -> bool:
    """Erase what we hold about a prospect: details, consents, and the mails that we wrote. Call inside `tenant()`.

    The reference that was given stays: it belongs to the candidate's request. False where it was done before.
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
    person = send.RemovedPerson(row.name, row.email)
    for name in Prospect.PERSONAL:
        setattr(row, name, "")
    row.removed_at, row.removal, row.ats_attempted_at = clock.now(), why, linked.attempted_at
    row.save()
    Consent.objects.filter(prospect=row).delete()
    # A mail that leaves at this moment finds no row to finish, and is not tried again.
    Message.objects.filter(about_kind=send.ABOUT_KIND, about_uid=row.uid).delete()
    if actor is not None:
        audit.record(
            organization=row.organization,
            actor=actor,
            action="prospect.remove",
            sentence=_("%(actor)s removed a prospect") % {"actor": actor},
            after={"uid": str(row.uid)},
        )
    notify_staff_to_delete(row, person=person)
    for candidate_id in linked.ids:
        send.notify_staff_of_linked(row, candidate_id)
    return True


def notify_staff_to_delete(tombstone: Prospect, *, person: send.RemovedPerson | None = None) -> None:
    """Mail to whoever looks after the connection, if an export made a candidate of the person. Inside `tenant()`.

    Also for an export that ends after the person has left. Where it is not known whether it made one, the mail says
    `who` is to be looked for, as long as that is known: nothing else could lead there.
    """
    if not tombstone.is_removed or tombstone.ats_deleted_at is not None:
        return
    if tombstone.ats_candidate_id:
        send.notify_staff_to_delete(tombstone)
    elif tombstone.ats_attempted_at:
        send.notify_staff_to_search(tombstone, person)


def record_possible_candidate(tombstone: Prospect, *, attempted_at: datetime) -> None:
    """The last we know of an export is that it asked for a candidate: told once. Call inside `tenant()`."""
    unknown = Prospect.objects.filter(pk=tombstone.pk, ats_candidate_id="", ats_attempted_at=None)
    if unknown.update(ats_attempted_at=attempted_at):
        tombstone.ats_attempted_at = attempted_at
        notify_staff_to_delete(tombstone)


def keep_for_new_opt_in(prospect: Prospect, candidate_id: str) -> bool:
    """Whether the candidate was to be deleted there, and its owner has opted in again: it stays then. In `tenant()`."""
    waiting = Prospect.objects.filter(removed_at__isnull=False, ats_deleted_at=None, ats_candidate_id=candidate_id)
    return bool(candidate_id) and bool(waiting.exclude(pk=prospect.pk).update(ats_candidate_id=""))


def mark_deleted(tombstone: Prospect, *, actor: User) -> bool:
    """Staff say that the candidate is deleted in the ATS. False where that was said before."""
    waiting = Prospect.objects.filter(pk=tombstone.pk, removed_at__isnull=False, ats_deleted_at=None)
    known = ~Q(ats_candidate_id="") | Q(ats_attempted_at__isnull=False)
    if not waiting.filter(known).update(ats_deleted_at=clock.now()):
        return False
    audit.record(
        organization=tombstone.organization,
        actor=actor,
        action="prospect.deleted_there",
        sentence=_("%(actor)s noted that a former prospect is deleted in SmartRecruiters") % {"actor": actor},
        after={"candidate_id": tombstone.ats_candidate_id},
    )
    return True
