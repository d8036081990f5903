"""Somebody is a prospect no longer. What stays is a tombstone: its dates, and what to delete elsewhere."""

from django.utils.translation import gettext as _

from crosschq.core import clock
from crosschq.messaging.models import Message
from crosschq.organizations import audit
from crosschq.organizations.models import User

from . import export_new, posting
from .models import Consent, Prospect, Removal


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
    for name in Prospect.PERSONAL:
        setattr(row, name, "")
    row.removed_at, row.removal = clock.now(), why
    row.save()
    Consent.objects.filter(prospect=row).delete()
    export_new.forget(row)
    # A mail that leaves at this moment finds no row to finish, and is not tried again.
    Message.objects.filter(about_kind=posting.ABOUT, about_uid=row.uid).delete()
    if actor is not None:
        audit.record(
            organization=row.organization,
            actor=actor,
            action="prospect.remove",
            sentence=_("%(actor)s removed a prospect") % {"actor": actor},
            after={"uid": str(row.uid)},
        )
    tell_what_to_delete(row)
    return True


def tell_what_to_delete(tombstone: Prospect) -> None:
    """Mail to whoever looks after the connection, if an export made a candidate of the person. Inside `tenant()`.

    Also for an export that ends after the person has left.
    """
    if tombstone.is_removed and tombstone.ats_candidate_id and tombstone.ats_deleted_at is None:
        posting.tell_what_to_delete(tombstone)


def deleted_there(tombstone: Prospect, *, actor: User) -> bool:
    """Staff say that the candidate is deleted in the ATS. False where that was said before."""
    waiting = Prospect.objects.filter(pk=tombstone.pk, removed_at__isnull=False, ats_deleted_at=None)
    if not waiting.exclude(ats_candidate_id="").update(ats_deleted_at=clock.now()):
        return False
    audit.record(
        organization=tombstone.organization,
        actor=actor,
        action="prospect.deleted_there",
        sentence=_("%(actor)s noted that a former prospect is deleted in SmartRecruiters") % {"actor": actor},
        after={"candidate_id": tombstone.ats_candidate_id},
    )
    return True
