"""The candidate's actions: start, name references, send the invitations."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crosschq.core import clock
from crosschq.core.security import secret_links
from crosschq.core.text.email_keys import address_key
from crosschq.core.text.lists import and_list
from crosschq.messaging.content import phones
from crosschq.messaging.models import Channel
from crosschq.messaging.sending.quiet_hours import country_of
from crosschq.messaging.sending.send import cancel_unsent
from requests_app import timeline
from requests_app.candidate import approvals
from requests_app.candidate.slots import Slot, SlotStatus, asks_company, slot_statuses
from requests_app.lifecycle import RequestMovedOn, locked, move_reference, move_request
from requests_app.models import EntryKind, Reference, ReferenceRequest, ReferenceState, RequestState
from requests_app.notifications import send
from requests_app.public import agreements, networks
from requests_app.reminders import plan
from templates_app.surveys.relationships import Relationship

NAMING_STATES = (RequestState.STARTED, RequestState.NAMING_REFERENCES, RequestState.WAITING_FOR_REFERENCES)


class AddressRefused(Exception):
    """The address or number isn't valid for this reference. The sentence is for the candidate."""

    def __init__(self, sentence: str, *, field: str = "email") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.field = field


def begin(reference_request: ReferenceRequest, *, client_ip: str = "") -> bool:
    """Start the request and store the candidate's consent. Returns False if it has already started."""
    reference_request = locked(reference_request)
    begun = move_request(reference_request, RequestState.STARTED, started_at=clock.now())
    if begun:
        agreements.record(reference_request, client_ip=client_ip)
        # A text message held back by quiet hours would ask for something already underway.
        cancel_unsent(about_kind="request", about_uid=reference_request.uid, channel=Channel.TEXT)
        sentence = _("%(name)s started") % {"name": reference_request.candidate_name}
        timeline.note(reference_request, sentence, kind=EntryKind.QUIET, about=reference_request)
    return begun


def save_name(reference_request: ReferenceRequest, slot: Slot, name: str) -> Reference:
    """Name a reference for a slot, or correct the name. Raises RequestMovedOn if we already asked the reference."""
    reference_request, slot_status = _lock_slot(reference_request, slot)
    person = slot_status.reference
    if person is not None and person.state == ReferenceState.NAMED:
        # An approval was for the person who was named then.
        again = {"approval": ""} if person.other_kind_reason and person.name != name else {}
        _change(person, name=name, **again)
        return person
    if person is not None:
        leave(reference_request, person, _("The candidate replaced %(name)s with someone else") % {"name": person.name})
    move_request(reference_request, RequestState.NAMING_REFERENCES)
    named: Reference = Reference.objects.create(
        organization=reference_request.organization,
        reference_request=reference_request,
        slot=slot.number,
        name=name,
        relationship="" if slot.candidate_decides else slot.relationship,
        created_at=clock.now(),
    )
    return named


def save_relation(
    reference_request: ReferenceRequest, slot: Slot, *, relationship: str, company: str, years: str, title: str = ""
) -> None:
    """Save their working relationship. `relationship` counts only if the template lets the candidate choose it.

    title: the candidate's job at that time.
    """
    reference_request, slot_status = _lock_slot(reference_request, slot)
    person = _named(slot_status)
    asked = person.relationship if person.other_kind_reason else slot.relationship
    chosen = Relationship(relationship if slot.candidate_decides else asked)
    _change(
        person,
        relationship=chosen.value,
        company=company if asks_company(chosen) else "",
        years=years,
        candidate_title=title,
        relationship_from_staff=False,
    )


def save_other_kind(
    reference_request: ReferenceRequest, slot: Slot, *, name: str, relationship: str, reason: str
) -> None:
    """Name a reference of another kind than the slot asks for. The owner approves before we ask them."""
    if slot.candidate_decides or relationship == slot.relationship:
        raise RequestMovedOn
    person = save_name(reference_request, slot, name)
    _change(person, relationship=relationship, other_kind_reason=reason, approval="")


def save_email(
    reference_request: ReferenceRequest,
    slot: Slot,
    email: str,
    *,
    phone: str = "",
    message: str = "",
    is_held: bool = False,
) -> None:
    """Save how to reach the reference. The phone (E.164) is only for text reminders; the invitation has the message.

    is_held: the reference works at the candidate's current employer, and isn't asked until someone releases them.
    Raises AddressRefused for the candidate's own address or phone and for an address that is already used.
    """
    reference_request, slot_status = _lock_slot(reference_request, slot)
    person = _named(slot_status)
    check_address(reference_request, email, besides=person)
    check_number(reference_request, phone, besides=person)
    _change(
        person,
        email=email,
        email_key=comparison_key(reference_request, email),
        address_from_staff=False,
        phone=phone,
        message=message,
        held_since=(person.held_since or clock.now()) if is_held else None,
    )


def check_number(
    reference_request: ReferenceRequest, phone: str, *, besides: Reference, by_candidate: bool = True
) -> None:
    """Raise AddressRefused if it is the candidate's own."""
    if not phone or reference_request.is_test or phone != own_number(reference_request):
        return
    sentence = _("This is the candidate's own number. Enter %(name)s's number, or leave it empty.")
    if by_candidate:
        sentence = _("This is your own number. Enter %(name)s's number, or leave it empty.")
    raise AddressRefused(sentence % {"name": besides.name}, field="phone")


def own_number(reference_request: ReferenceRequest) -> str:
    """The candidate's phone number in E.164; empty if it can't get text messages."""
    country = country_of(reference_request.organization.time_zone)
    return phones.textable_or_none(reference_request.candidate_phone, country=country)


def comparison_key(reference_request: ReferenceRequest, email: str) -> str:
    """Return the key to compare addresses by; empty in a test, where the sender may play every role."""
    return "" if reference_request.is_test else address_key(email)


def check_address(
    reference_request: ReferenceRequest, email: str, *, besides: Reference, by_candidate: bool = True
) -> None:
    """Raise AddressRefused for an address that is already used, compared as mailboxes are: see email_keys.py.

    by_candidate: who reads the sentence.
    """
    key = comparison_key(reference_request, email)
    if not key:
        return
    if key == address_key(reference_request.candidate_email):
        sentence = _("This is the candidate's own address. Enter %(name)s's address.")
        if by_candidate:
            sentence = _("This is your own address. Enter %(name)s's address.")
        raise AddressRefused(sentence % {"name": besides.name})
    others = Reference.objects.filter(reference_request=reference_request, email_key=key).exclude(pk=besides.pk)
    taken = others.exclude(state=ReferenceState.REPLACED).first()
    if taken is not None and taken.state == ReferenceState.DECLINED:
        raise AddressRefused(
            _("We already asked %(name)s at this address, and they can't give a reference. Name someone else.")
            % {"name": taken.name}
        )
    if taken is not None:
        raise AddressRefused(
            _("You already used this address for %(name)s. Each reference needs their own address.")
            % {"name": taken.name}
        )


def send_invitations(reference_request: ReferenceRequest, *, client_ip: str = "") -> int:
    """Email each reference who is named but not yet asked. Returns how many; 0 if all have been asked.

    Raises RequestMovedOn while a required slot is incomplete.
    """
    reference_request = locked(reference_request)
    if reference_request.state not in NAMING_STATES:
        raise RequestMovedOn
    networks.record(reference_request, None, client_ip)
    statuses = slot_statuses(reference_request)
    to_ask = [
        slot_status.reference for slot_status in statuses if slot_status.is_ready_to_invite and slot_status.reference
    ]
    complete = all(
        slot_status.may_stay_empty
        or (slot_status.reference and (slot_status.is_complete or not slot_status.can_be_named or slot_status.bounced))
        for slot_status in statuses
    )
    if reference_request.state != RequestState.WAITING_FOR_REFERENCES:
        if not complete:
            raise RequestMovedOn
        move_request(reference_request, RequestState.WAITING_FOR_REFERENCES, invited_at=clock.now())
    for person in to_ask:
        _invite(reference_request, person)
    for slot_status in statuses:
        if slot_status.is_complete and slot_status.reference and slot_status.reference.needs_approval:
            approvals.ask(reference_request, slot_status.reference)
    plan.stop_if_all_invited(reference_request)
    if to_ask:
        sentence = ngettext(
            "%(name)s named %(count)d reference: %(people)s",
            "%(name)s named %(count)d references: %(people)s",
            len(to_ask),
        ) % {
            "name": reference_request.candidate_name,
            "count": len(to_ask),
            "people": and_list([person.name for person in to_ask]),
        }
        timeline.note(reference_request, sentence, about=to_ask[0] if len(to_ask) == 1 else None)
    return len(to_ask)


def approve(reference_request: ReferenceRequest, reference: Reference, *, actor: str) -> None:
    """Accept a reference of another kind and ask them. Raises RequestMovedOn if it was already decided."""
    reference_request = locked(reference_request)
    approvals.approve(reference_request, reference, actor=actor)
    invite_if_ready(reference_request, reference)


def release(reference_request: ReferenceRequest, reference: Reference, *, actor: str) -> None:
    """Ask a reference at the candidate's current employer now. Raises RequestMovedOn if they aren't on hold."""
    reference_request = locked(reference_request)
    held = Reference.objects.filter(pk=reference.pk, state=ReferenceState.NAMED, held_since__isnull=False)
    if not reference_request.is_open or not held.update(held_since=None):
        raise RequestMovedOn
    sentence = _("%(actor)s released %(name)s, who was on hold")
    timeline.note(reference_request, sentence % {"actor": actor, "name": reference.name}, about=reference)
    invite_if_ready(reference_request, reference)


def invite_if_ready(reference_request: ReferenceRequest, reference: Reference) -> None:
    """Ask a named reference, if nothing holds them back anymore. Call while holding the request's lock."""
    if reference_request.state != RequestState.WAITING_FOR_REFERENCES:
        return
    for slot_status in slot_statuses(reference_request):
        person = slot_status.reference
        if person is not None and person.pk == reference.pk and slot_status.is_ready_to_invite:
            _invite(reference_request, person)


def replace_silent(reference_request: ReferenceRequest, reference: Reference) -> int:
    """Free the slot of a reference who hasn't started for days. Returns the slot's number.

    Their link then says that nothing is needed from them. Raises RequestMovedOn if they did start, or decline.
    """
    reference_request = locked(reference_request)
    found = [each for each in slot_statuses(reference_request) if each.reference and each.reference.pk == reference.pk]
    if reference_request.state != RequestState.WAITING_FOR_REFERENCES or not found or not found[0].is_silent:
        raise RequestMovedOn
    sentence = _("The candidate replaced %(name)s with someone else")
    _free(reference_request, reference, sentence % {"name": reference.name})
    plan.plan(reference_request)
    return found[0].slot.number


def _invite(reference_request: ReferenceRequest, person: Reference) -> None:
    if move_reference(person, ReferenceState.INVITED, invited_at=clock.now()):
        send.invite_reference(reference_request, person)
        plan.plan(reference_request, person)


def _lock_slot(reference_request: ReferenceRequest, slot: Slot) -> tuple[ReferenceRequest, SlotStatus]:
    reference_request = locked(reference_request)
    slot_status = next(
        (slot_status for slot_status in slot_statuses(reference_request) if slot_status.slot.number == slot.number),
        None,
    )
    if reference_request.state not in NAMING_STATES or slot_status is None or not slot_status.can_be_named:
        raise RequestMovedOn
    return reference_request, slot_status


def _named(slot_status: SlotStatus) -> Reference:
    if slot_status.reference is None or slot_status.reference.state != ReferenceState.NAMED:
        raise RequestMovedOn
    return slot_status.reference


def _change(person: Reference, **fields: Any) -> None:
    changed = Reference.objects.filter(pk=person.pk, state=ReferenceState.NAMED).update(**fields)
    if not changed:
        raise RequestMovedOn
    for name, value in fields.items():
        setattr(person, name, value)


def leave(reference_request: ReferenceRequest, person: Reference, sentence: str) -> None:
    """Free the slot of a reference for someone else. Their link ends."""
    secret_links.revoke(subject=person.uid)
    _free(reference_request, person, sentence)


def _free(reference_request: ReferenceRequest, person: Reference, sentence: str) -> None:
    move_reference(person, ReferenceState.REPLACED, finished_at=clock.now())
    cancel_unsent(about_kind="reference", about_uid=person.uid)
    plan.stop(reference_request, person)
    timeline.note(reference_request, sentence, about=person)
