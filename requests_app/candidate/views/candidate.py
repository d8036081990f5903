"""What the candidate sees behind their link: start, send, how things stand."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from crosschq.messaging.sending.cap_refusals import rollback_if_refused
from crosschq.messaging.sending.caps import CapReached
from crosschq.tenancy.secret_pages import SeeOther, TokenRequest
from requests_app.candidate import nominate
from requests_app.candidate.slots import Seat, missing_step, seats
from requests_app.completion.complete import decline_to_take_part
from requests_app.lifecycle import NotNow
from requests_app.models import Reference, ReferenceRequest, RequestState
from requests_app.notifications.corrections import correct_reference_address
from requests_app.notifications.send import CANDIDATE
from requests_app.public.access import Held, token_page
from requests_app.public.forms import EmailForm
from requests_app.reference.survey_questions import own_view_minutes
from requests_app.reference.views.survey import Sitting, check_page, question_page
from requests_app.reminders.views import chances
from requests_app.report.build import build, relation_words

WAITING = RequestState.WAITING_FOR_REFERENCES


@token_page(CANDIDATE)
def home(request: TokenRequest, held: Held) -> HttpResponse:
    """The link itself: start, go on, how things stand, or how it ended."""
    if held.reference_request.state == RequestState.SENT:
        return render(request, "requests_app/candidate/start.html", _context(held))
    if held.reference_request.state == WAITING:
        return render(request, "requests_app/candidate/status.html", _status(held))
    if held.reference_request.is_open:
        return SeeOther(next_step(held))
    return render(request, "requests_app/public/ended.html", _context(held))


@token_page(CANDIDATE)
def start(request: TokenRequest, held: Held) -> HttpResponse:
    if request.method != "POST":
        raise NotNow
    begun = nominate.begin(held.reference_request)
    return SeeOther(held.url("candidate_name", 1) if begun else held.home)


@token_page(CANDIDATE)
def decline(request: TokenRequest, held: Held) -> HttpResponse:
    """“I do not want to take part”: says what follows, then asks once more."""
    if not held.reference_request.is_open:
        raise NotNow
    if request.method == "POST":
        decline_to_take_part(held.reference_request)
        return SeeOther(held.home)
    return render(request, "requests_app/candidate/decline.html", _context(held))


@token_page(CANDIDATE)
def check(request: TokenRequest, held: Held) -> HttpResponse:
    """Everything before anybody is written to."""
    if not held.reference_request.is_open or held.reference_request.state == RequestState.SENT:
        raise NotNow
    step = next_step(held)
    every = seats(held.reference_request)
    to_ask = [seat for seat in every if seat.is_named]
    if step != held.url("candidate_check"):
        return SeeOther(step)
    if not to_ask:
        raise NotNow
    if request.method == "POST":
        try:
            with rollback_if_refused(request.organization, None):
                nominate.send_invitations(held.reference_request)
        except CapReached as refused:
            messages.error(request, refused.sentence, extra_tags=_("Not sent"))
            return SeeOther(held.url("candidate_check"))
        sitting = Sitting(held, "own_view")
        first = _asks_own_view(sitting) and sitting.response is None
        return SeeOther(sitting.url(1) if first else held.home)
    context = {
        **_context(held),
        "seats": to_ask,
        "last": max(seat.place.number for seat in to_ask),
        "left_out": [seat for seat in every if seat.is_left_out],
        "relations": relations(to_ask),
    }
    return render(request, "requests_app/candidate/check.html", context)


@token_page(CANDIDATE)
def address(request: TokenRequest, held: Held, uid: str) -> HttpResponse:
    """Correct the address of a reference who was asked and has not answered."""
    reference = Reference.objects.filter(reference_request=held.reference_request, uid=uid).first()
    if reference is None or not reference.is_reachable or held.reference_request.state != WAITING:
        raise NotNow
    form = EmailForm(request.POST if request.method == "POST" else None, initial={"email": reference.email})
    if request.method == "POST" and form.is_valid():
        try:
            with rollback_if_refused(request.organization, None):
                correct_reference_address(
                    held.reference_request,
                    reference,
                    form.cleaned_data["email"],
                    actor=held.reference_request.candidate_name,
                )
            return SeeOther(held.home)
        except (nominate.AddressRefused, CapReached) as refused:
            form.add_error("email", refused.sentence)
    context = {**_context(held), "form": form, "reference": reference}
    return render(request, "requests_app/candidate/address.html", context)


@token_page(CANDIDATE)
def own_question(request: TokenRequest, held: Held, number: int) -> HttpResponse:
    _own_view(held)
    return question_page(request, Sitting(held, "own_view"), number)


@token_page(CANDIDATE)
def own_check(request: TokenRequest, held: Held) -> HttpResponse:
    _own_view(held)
    return check_page(request, Sitting(held, "own_view"))


@token_page(CANDIDATE)
def answers(request: TokenRequest, held: Held) -> HttpResponse:
    """What the references said, where the organization lets candidates read it."""
    if not _may_read(held.reference_request):
        raise NotNow
    context = {**_context(held), "report": build(held.reference_request)}
    return render(request, "requests_app/candidate/answers.html", context)


def next_step(held: Held) -> str:
    """Of the first page of naming that is not filled in, or of the one to check and send."""
    for seat in seats(held.reference_request):
        if seat.reference is None:
            if held.reference_request.state != WAITING and seat.place.required:
                return held.url("candidate_name", seat.place.number)
        elif seat.may_be_named and not seat.bounced:
            step = missing_step(seat.reference, seat.place)
            if step is not None:
                return held.url(f"candidate_{step}", seat.place.number)
    return held.url("candidate_check")


def relations(some: list[Seat]) -> dict[int, str]:
    return {seat.place.number: relation_words(seat.reference) for seat in some if seat.reference}


def _may_read(reference_request: ReferenceRequest) -> bool:
    return reference_request.has_report and reference_request.candidate_sees_answers


def _own_view(held: Held) -> None:
    if held.reference_request.state != WAITING or not held.reference_request.version.self_reference:
        raise NotNow


def _asks_own_view(sitting: Sitting) -> bool:
    return sitting.held.reference_request.version.self_reference and bool(sitting.pages)


def _status(held: Held) -> dict[str, object]:
    sitting = Sitting(held, "own_view")
    sent = bool(sitting.response and sitting.response.submitted_at)
    return {
        **_context(held),
        "seats": chances(held.reference_request, seats(held.reference_request)),
        "own_view_sent": sent,
        "own_view_begun": bool(sitting.answers),
        "own_view_url": sitting.next_url() if _asks_own_view(sitting) and not sent else "",
    }


def _context(held: Held) -> dict[str, object]:
    version = held.reference_request.version
    return {
        "held": held,
        "reference_request": held.reference_request,
        "rules": version.reference_rules,
        "wanted": version.references_wanted,
        "own_view_minutes": own_view_minutes(held.reference_request),
        "naming_minutes": 2 * version.references_wanted,
        "answers_url": held.url("candidate_answers") if _may_read(held.reference_request) else "",
    }
