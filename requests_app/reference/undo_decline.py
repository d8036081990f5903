"""Undo a decline that was a mistake, and ask the reference again."""

from django.utils.translation import gettext as _

from crosschq.messaging.models import Channel, SuppressionReason
from crosschq.messaging.sending.suppression import lift
from requests_app import timeline
from requests_app.lifecycle import NotPossible, RequestMovedOn, locked, return_reference
from requests_app.models import (
    SLOT_HOLDERS,
    DeclineReason,
    Reference,
    ReferenceRequest,
    ReferenceState,
    RequestState,
)
from requests_app.notifications import send
from requests_app.reminders import plan


def undo_decline(reference_request: ReferenceRequest, reference: Reference, *, actor: str) -> None:
    """Expect the reference's answers again, and email them a new link. Raises NotPossible, and CapReached."""
    reference_request = locked(reference_request)
    reference = Reference.objects.get(pk=reference.pk)
    refuse(reference_request, reference)
    was_wrong_person = reference.decline_reason == DeclineReason.WRONG_PERSON
    if not return_reference(reference, only_from=ReferenceState.DECLINED, decline_reason=""):
        raise RequestMovedOn
    if was_wrong_person:
        lift(
            organization=reference_request.organization,
            channel=Channel.EMAIL,
            address=reference.email,
            reason=SuppressionReason.NOT_THEM,
        )
    send.send_reference_new_link(reference_request, reference)
    plan.plan(reference_request, reference)
    plan.stop_if_all_invited(reference_request)
    sentence = _("%(actor)s undid %(name)s's decline. We sent a new link")
    timeline.note(reference_request, sentence % {"actor": actor, "name": reference.name}, about=reference)


def refuse(reference_request: ReferenceRequest, reference: Reference) -> None:
    """Raise NotPossible if the decline can't be undone."""
    name = {"name": reference.name}
    if reference.state != ReferenceState.DECLINED:
        raise NotPossible(_("%(name)s hasn't declined.") % name)
    if not reference_request.is_open:
        raise NotPossible(_("The request has ended. Reopen it first."))
    if reference_request.state != RequestState.WAITING_FOR_REFERENCES:
        raise RequestMovedOn
    holders = Reference.objects.filter(reference_request=reference_request, state__in=SLOT_HOLDERS)
    other = holders.filter(slot=reference.slot).first()
    if other is None and reference.email_key:
        other = holders.filter(email_key=reference.email_key).first()
    if other is not None:
        sentence = _("%(other)s was named instead of %(name)s.")
        raise NotPossible(sentence % {**name, "other": other.name})
