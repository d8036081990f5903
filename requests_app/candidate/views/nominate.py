"""The candidate's pages for one reference: name, relation, e-mail."""

from collections.abc import Callable

from django import forms
from django.http import HttpResponse, QueryDict
from django.shortcuts import render

from crosschq.tenancy.secret_pages import SeeOther, TokenRequest
from requests_app.candidate import nominate
from requests_app.candidate.slots import Place, Seat, places, seats
from requests_app.candidate.views.candidate import next_step
from requests_app.lifecycle import NotNow
from requests_app.models import Reference, ReferenceState, RequestState
from requests_app.notifications.send import CANDIDATE
from requests_app.public.access import Held, token_page
from requests_app.public.forms import EmailForm, NameForm, ReachForm, WorkForm


@token_page(CANDIDATE)
def name(request: TokenRequest, held: Held, number: int) -> HttpResponse:
    seat, person = _seat(held, number)
    form = NameForm(_data(request), initial={"name": person.name if person else ""})
    return _page(
        request,
        held,
        seat,
        "name",
        form,
        lambda data: nominate.save_name(held.reference_request, seat.place, data["name"]),
    )


@token_page(CANDIDATE)
def relation(request: TokenRequest, held: Held, number: int) -> HttpResponse:
    seat, person = _seat(held, number)
    if person is None:
        raise NotNow
    initial = {"relationship": person.relationship, "company": person.company, "years": person.years}
    form = WorkForm(seat.place, _data(request), initial=initial)

    def save(data: dict[str, str]) -> None:
        nominate.save_relation(
            held.reference_request,
            seat.place,
            relationship=data.get("relationship", ""),
            company=data.get("company", ""),
            years=data["years"],
        )

    return _page(request, held, seat, "relation", form, save)


@token_page(CANDIDATE)
def email(request: TokenRequest, held: Held, number: int) -> HttpResponse:
    seat, person = _seat(held, number)
    if person is None:
        raise NotNow
    form_class = ReachForm if held.reference_request.version.texts_on else EmailForm
    form = form_class(_data(request), initial={"email": person.email, "phone": person.phone})

    def save(data: dict[str, str]) -> None:
        nominate.save_email(held.reference_request, seat.place, data["email"], phone=data.get("phone", ""))

    return _page(request, held, seat, "email", form, save)


def _page(
    request: TokenRequest, held: Held, seat: Seat, step: str, form: forms.Form, save: Callable[[dict[str, str]], object]
) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            save(form.cleaned_data)
            return SeeOther(_after(request, held, seat.place, step))
        except nominate.AddressRefused as refused:
            form.add_error(refused.field, refused.sentence)
    context = {
        "held": held,
        "reference_request": held.reference_request,
        "seat": seat,
        "place": seat.place,
        "wanted": held.reference_request.version.references_wanted,
        "person": _named(seat),
        "step": step,
        "form": form,
        "back_url": _back(request, held, seat.place, step),
    }
    return render(request, f"requests_app/candidate/{step}.html", context)


def _after(request: TokenRequest, held: Held, place: Place, step: str) -> str:
    if request.GET.get("from") == "check":
        return next_step(held)
    following = {"name": "relation", "relation": "email"}.get(step)
    return held.url(f"candidate_{following}", place.number) if following else next_step(held)


def _back(request: TokenRequest, held: Held, place: Place, step: str) -> str:
    if request.GET.get("from") == "check":
        return held.url("candidate_check")
    if step != "name":
        return held.url(f"candidate_{'name' if step == 'relation' else 'relation'}", place.number)
    if held.reference_request.state == RequestState.WAITING_FOR_REFERENCES:
        return held.home
    before = next(
        (other for other in reversed(places(held.reference_request.version)[: place.number - 1]) if other.required),
        None,
    )
    return held.url("candidate_email", before.number) if before else ""


def _seat(held: Held, number: int) -> tuple[Seat, Reference | None]:
    seat = next((seat for seat in seats(held.reference_request) if seat.place.number == number), None)
    if seat is None or held.reference_request.state not in nominate.NAMING_STATES or not seat.may_be_named:
        raise NotNow
    return seat, _named(seat)


def _named(seat: Seat) -> Reference | None:
    named = seat.reference and seat.reference.state == ReferenceState.NAMED
    return seat.reference if named else None


def _data(request: TokenRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None
