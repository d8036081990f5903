"""A reference of another kind than the template asks for: the owner approves it before we ask that person."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from crosschq.core import clock
from requests_app import timeline
from requests_app.lifecycle import RequestMovedOn, locked, move_reference
from requests_app.models import Approval, EntryKind, Reference, ReferenceRequest, ReferenceState
from requests_app.notifications import email_content, send
from requests_app.reminders import plan


def ask(reference_request: ReferenceRequest, reference: Reference) -> None:
    """Ask the owner to approve a named reference, once. Call while holding the request's lock."""
    asked = Reference.objects.filter(pk=reference.pk, state=ReferenceState.NAMED, approval="")
    if not asked.update(approval=Approval.WAITING):
        return
    reference.approval = Approval.WAITING
    sentence = _(
        "%(candidate)s proposes %(name)s (%(kind)s) instead: “%(reason)s”. Approve it, or ask for someone else"
    )
    parts = {
        "candidate": reference_request.candidate_name,
        "name": reference.name,
        "kind": reference.get_relationship_display(),
        "reason": reference.other_kind_reason,
    }
    timeline.note(reference_request, sentence % parts, kind=EntryKind.WARN, about=reference)
    email = email_content.owner_other_kind(
        reference_request, reference, url=send.approval_url(reference_request, reference)
    )
    send.notify_owner(reference_request, "other_kind", email)


def approve(reference_request: ReferenceRequest, reference: Reference, *, actor: str) -> None:
    """Accept the reference. The caller then invites them. Raises RequestMovedOn if it was already decided."""
    reference_request = locked(reference_request)
    if not reference_request.is_open or not _waiting(reference).update(approval=Approval.APPROVED):
        raise RequestMovedOn
    sentence = _("%(actor)s approved %(name)s")
    words = {"actor": actor, "name": reference.name}
    timeline.note(reference_request, sentence % words, kind=EntryKind.OK, about=reference)


def refuse(reference_request: ReferenceRequest, reference: Reference, *, actor: str) -> None:
    """Ask the candidate for someone else. Raises RequestMovedOn if it was already decided."""
    reference_request = locked(reference_request)
    if not reference_request.is_open or not _waiting(reference).update(approval=Approval.REFUSED):
        raise RequestMovedOn
    move_reference(reference, ReferenceState.REPLACED, finished_at=clock.now())
    sentence = _("%(actor)s didn't approve %(name)s. We asked %(candidate)s to name someone else")
    parts = {"actor": actor, "name": reference.name, "candidate": reference_request.candidate_name}
    timeline.note(reference_request, sentence % parts, about=reference)
    send.ask_for_another_kind(reference_request, reference)
    plan.plan(reference_request)


def _waiting(reference: Reference) -> "QuerySet[Reference]":
    return Reference.objects.filter(pk=reference.pk, state=ReferenceState.NAMED, approval=Approval.WAITING)
