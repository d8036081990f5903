"""A member adds a reference for the candidate, or replaces one who hasn't answered.

The candidate's slots hold: a member fills one, and adds none beyond the template's number, so that reports for one job
stay comparable.
"""

from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from crosschq.core import clock
from requests_app import timeline
from requests_app.candidate.nominate import NAMING_STATES, check_address, check_number, comparison_key, leave
from requests_app.candidate.slots import Slot, asks_company, slots
from requests_app.lifecycle import NotPossible, RequestMovedOn, locked, move_request
from requests_app.models import (
    SLOT_HOLDERS,
    Reference,
    ReferenceRequest,
    ReferenceState,
    RequestState,
)
from requests_app.notifications import send
from requests_app.reminders import plan
from templates_app.surveys.relationships import Relationship


@dataclass(frozen=True)
class ReferenceInput:
    """What a member entered. `relationship` counts only if the template lets the candidate choose it."""

    name: str
    relationship: str
    company: str
    years: str
    email: str
    phone: str = ""  # E.164


def slot_of(reference_request: ReferenceRequest, number: int) -> Slot | None:
    return next((slot for slot in slots(reference_request.version) if slot.number == number), None)


def holder_of(reference_request: ReferenceRequest, slot: Slot) -> Reference | None:
    """The reference who is in the slot now."""
    found: Reference | None = Reference.objects.filter(
        reference_request=reference_request, slot=slot.number, state__in=SLOT_HOLDERS
    ).first()
    return found


def refuse(reference_request: ReferenceRequest, holder: Reference | None) -> None:
    """Raise NotPossible if no reference can be added there."""
    name = reference_request.candidate_name
    if reference_request.state == RequestState.SENT:
        sentence = _("%(name)s hasn't started yet. You can add references once they have agreed to take part.")
        raise NotPossible(sentence % {"name": name})
    if reference_request.state not in NAMING_STATES:
        raise NotPossible(_("The request has ended. Reopen it first."))
    if holder is not None and holder.state == ReferenceState.ANSWERED:
        raise NotPossible(_("%(name)s has answered, so no one can take their place.") % {"name": holder.name})


def add_reference(
    reference_request: ReferenceRequest, slot: Slot, given: ReferenceInput, *, instead_of: UUID | None, actor: str
) -> Reference:
    """Put this person into the slot. Once the candidate has sent the invitations, ask them now, and tell the candidate.

    instead_of: the reference that the member saw there. Raises NotPossible, AddressRefused, and CapReached.
    """
    reference_request = locked(reference_request)
    holder = holder_of(reference_request, slot)
    refuse(reference_request, holder)
    if (holder.uid if holder else None) != instead_of:
        if holder is None:
            raise RequestMovedOn
        raise NotPossible(_("%(name)s was named here in the meantime.") % {"name": holder.name})
    if holder is not None:
        sentence = _("%(actor)s replaced %(name)s with someone else") % {"actor": actor, "name": holder.name}
        leave(reference_request, holder, sentence)
    reference = _reference(reference_request, slot, given)
    check_address(reference_request, given.email, besides=reference, by_candidate=False)
    check_number(reference_request, given.phone, besides=reference, by_candidate=False)
    move_request(reference_request, RequestState.NAMING_REFERENCES)
    sentence = _("%(actor)s added %(name)s") % {"actor": actor, "name": given.name}
    timeline.note(reference_request, sentence, about=reference)
    if reference_request.state != RequestState.WAITING_FOR_REFERENCES:
        reference.save()
        return reference
    reference.state, reference.invited_at = ReferenceState.INVITED, clock.now()
    reference.save()
    send.invite_reference(reference_request, reference)
    send.tell_of_added_reference(reference_request, reference)
    plan.plan(reference_request, reference)
    plan.stop_if_all_invited(reference_request)
    return reference


def _reference(reference_request: ReferenceRequest, slot: Slot, given: ReferenceInput) -> Reference:
    relationship = Relationship(given.relationship if slot.candidate_decides else slot.relationship)
    return Reference(
        organization=reference_request.organization,
        reference_request=reference_request,
        slot=slot.number,
        name=given.name,
        relationship=relationship.value,
        company=given.company if asks_company(relationship) else "",
        years=given.years,
        email=given.email,
        email_key=comparison_key(reference_request, given.email),
        phone=given.phone,
        address_from_staff=True,
        relationship_from_staff=True,
        created_at=clock.now(),
    )
