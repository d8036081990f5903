"""The candidate's pages for one reference: name, relation, and email."""

from collections.abc import Callable

from django import forms
from django.http import HttpResponse, QueryDict
from django.shortcuts import render

from crosschq.messaging.sending.quiet_hours import country_of
from crosschq.tenancy.secret_pages import SeeOther, TokenRequest
from requests_app.candidate import doubts, nominate
from requests_app.candidate.slots import Slot, SlotStatus, slot_statuses, slots
from requests_app.candidate.views.candidate import next_step
from requests_app.lifecycle import RequestMovedOn
from requests_app.models import Reference, ReferenceState, RequestState
from requests_app.notifications.send import CANDIDATE
from requests_app.public import leaving
from requests_app.public.access import LinkHolder, token_page
from requests_app.public.forms import ContactForm, NameForm, OtherKindForm, ReachForm, RelationshipForm


@token_page(CANDIDATE)
def name(request: TokenRequest, link_holder: LinkHolder, number: int) -> HttpResponse:
    slot_status, person = _slot_status(link_holder, number)
    form = NameForm(_data(request), initial={"name": person.name if person else ""})
    return _page(
        request,
        link_holder,
        slot_status,
        "name",
        form,
        lambda data: nominate.save_name(link_holder.reference_request, slot_status.slot, data["name"]),
        lambda data: doubts.about_name(link_holder.reference_request, data["name"], slot=number),
    )


@token_page(CANDIDATE)
def other(request: TokenRequest, link_holder: LinkHolder, number: int) -> HttpResponse:
    """Propose a reference of another kind, if the candidate can't name one of the kind asked for."""
    slot_status, person = _slot_status(link_holder, number)
    slot = slot_status.slot
    if slot.candidate_decides:
        raise RequestMovedOn
    initial = {}
    if person and person.other_kind_reason:
        initial = {"name": person.name, "relationship": person.relationship, "reason": person.other_kind_reason}
    form = OtherKindForm(slot, _data(request), initial=initial)

    def save(data: dict[str, str]) -> None:
        nominate.save_other_kind(
            link_holder.reference_request,
            slot,
            name=data["name"],
            relationship=data["relationship"],
            reason=data["reason"],
        )

    def doubt(data: dict[str, str]) -> str:
        return doubts.about_name(link_holder.reference_request, data["name"], slot=number)

    return _page(request, link_holder, slot_status, "other", form, save, doubt)


@token_page(CANDIDATE)
def relation(request: TokenRequest, link_holder: LinkHolder, number: int) -> HttpResponse:
    slot_status, person = _slot_status(link_holder, number)
    if person is None:
        raise RequestMovedOn
    initial = {
        "relationship": person.relationship,
        "company": person.company,
        "years": person.years,
        "title": person.candidate_title,
    }
    proposed = person.relationship if person.other_kind_reason else ""
    form = RelationshipForm(slot_status.slot, _data(request), initial=initial, relationship=proposed)

    def save(data: dict[str, str]) -> None:
        nominate.save_relation(
            link_holder.reference_request,
            slot_status.slot,
            relationship=data.get("relationship", ""),
            company=data.get("company", ""),
            years=data["years"],
            title=data["title"],
        )

    return _page(request, link_holder, slot_status, "relation", form, save)


@token_page(CANDIDATE)
def email(request: TokenRequest, link_holder: LinkHolder, number: int) -> HttpResponse:
    slot_status, person = _slot_status(link_holder, number)
    if person is None:
        raise RequestMovedOn
    data, initial = _data(request), {"email": person.email, "phone": person.phone, "message": person.message}
    initial["held"] = "on" if person.held_since else ""
    form: forms.Form = ReachForm(data, initial=initial)
    if link_holder.reference_request.version.text_messages_enabled:
        country = country_of(link_holder.reference_request.organization.time_zone)
        form = ContactForm(data, initial=initial, country=country)

    def save(data: dict[str, str]) -> None:
        nominate.save_email(
            link_holder.reference_request,
            slot_status.slot,
            data["email"],
            phone=data.get("phone", ""),
            message=data["message"],
            is_held=bool(data["held"]),
        )

    def doubt(data: dict[str, str]) -> str:
        return doubts.about_reach(
            link_holder.reference_request, data["email"], data.get("phone", ""), slot=slot_status.slot.number
        )

    return _page(request, link_holder, slot_status, "email", form, save, doubt)


def _page(
    request: TokenRequest,
    link_holder: LinkHolder,
    slot_status: SlotStatus,
    step: str,
    form: forms.Form,
    save: Callable[[dict[str, str]], object],
    doubt: Callable[[dict[str, str]], str] | None = None,
) -> HttpResponse:
    back_url = _back(request, link_holder, slot_status.slot, step)
    if back_url and leaving.has_nothing_to_save(request, form):
        return SeeOther(back_url)
    if request.method == "POST" and form.is_valid():
        doubted = doubt(form.cleaned_data) if doubt and request.POST.get("sure") != "yes" else ""
        try:
            if doubted:
                return _is_this_right(request, link_holder, doubted)
            save(form.cleaned_data)
            if back_url and leaving.leaves(request):
                return SeeOther(back_url)
            return SeeOther(_after(request, link_holder, slot_status.slot, step))
        except nominate.AddressRefused as refused:
            form.add_error(refused.field, refused.sentence)
    context = {
        "link_holder": link_holder,
        "reference_request": link_holder.reference_request,
        "slot_status": slot_status,
        "slot": slot_status.slot,
        "requested": link_holder.reference_request.version.references_requested,
        "person": _named(slot_status),
        "step": step,
        "form": form,
        **leaving.context(request, back_url),
    }
    return render(request, f"requests_app/candidate/{step}.html", context)


def _is_this_right(request: TokenRequest, link_holder: LinkHolder, doubted: str) -> HttpResponse:
    """Ask before saving what is possible but probably a slip. Nothing typed is lost."""
    fields = [(name, value) for name, values in request.POST.lists() for value in values]
    context = {"link_holder": link_holder, "doubt": doubted, "fields": fields}
    return render(request, "requests_app/candidate/is_this_right.html", context)


def _after(request: TokenRequest, link_holder: LinkHolder, slot: Slot, step: str) -> str:
    if request.GET.get("from") == "check":
        return next_step(link_holder)
    following = {"name": "relation", "other": "relation", "relation": "email"}.get(step)
    return link_holder.url(f"candidate_{following}", slot.number) if following else next_step(link_holder)


def _back(request: TokenRequest, link_holder: LinkHolder, slot: Slot, step: str) -> str:
    if request.GET.get("from") == "check":
        return link_holder.url("candidate_check")
    if step == "other":
        return link_holder.url("candidate_name", slot.number)
    if step != "name":
        return link_holder.url(f"candidate_{'name' if step == 'relation' else 'relation'}", slot.number)
    if link_holder.reference_request.state == RequestState.WAITING_FOR_REFERENCES:
        return link_holder.home
    before = next(
        (
            other
            for other in reversed(slots(link_holder.reference_request.version)[: slot.number - 1])
            if other.required
        ),
        None,
    )
    return link_holder.url("candidate_email", before.number) if before else ""


def _slot_status(link_holder: LinkHolder, number: int) -> tuple[SlotStatus, Reference | None]:
    slot_status = next(
        (
            slot_status
            for slot_status in slot_statuses(link_holder.reference_request)
            if slot_status.slot.number == number
        ),
        None,
    )
    if (
        slot_status is None
        or link_holder.reference_request.state not in nominate.NAMING_STATES
        or not slot_status.can_be_named
    ):
        raise RequestMovedOn
    return slot_status, _named(slot_status)


def _named(slot_status: SlotStatus) -> Reference | None:
    named = slot_status.reference and slot_status.reference.state == ReferenceState.NAMED
    return slot_status.reference if named else None


def _data(request: TokenRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None
