"""What a reference sees behind their link."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from crosschq.tenancy.secret_pages import SeeOther, TokenRequest
from requests_app.lifecycle import NotNow
from requests_app.models import DeclineReason, Reference, ReferenceState, RequestState
from requests_app.notifications.send import REFERENCE
from requests_app.public.access import Held, token_page
from requests_app.public.forms import BeginForm, DeclineForm
from requests_app.reference import responses, survey_questions
from requests_app.reference.decline import decline
from requests_app.reference.views.survey import Sitting, check_page, question_page
from requests_app.report.build import relation_sentence
from templates_app.surveys.audience import minutes_of


@token_page(REFERENCE)
def home(request: TokenRequest, held: Held) -> HttpResponse:
    """The link itself: start, go on, or how it ended."""
    reference = _reference(held)
    if reference.state == ReferenceState.ANSWERED:
        return SeeOther(reverse("prospect:thanks", args=[held.token]))
    if reference.state == ReferenceState.DECLINED:
        return render(request, "requests_app/reference/declined.html", _context(held))
    if not _waits(held):
        return render(request, "requests_app/public/ended.html", _context(held))
    if reference.state == ReferenceState.STARTED:
        return SeeOther(Sitting(held, "reference").next_url())
    return render(request, "requests_app/reference/start.html", {**_context(held), "form": BeginForm()})


@token_page(REFERENCE)
def start(request: TokenRequest, held: Held) -> HttpResponse:
    if request.method != "POST" or not _waits(held):
        raise NotNow
    form = BeginForm(request.POST)
    if not form.is_valid():
        return render(request, "requests_app/reference/start.html", {**_context(held), "form": form})
    chosen = form.cleaned_data["agreed"]
    agreed = {"yes": True, "no": False}.get(chosen)
    responses.begin(held.reference_request, _reference(held), agreed=agreed, words=form.cleaned_data["words"])
    return SeeOther(Sitting(held, "reference").url(1))


@token_page(REFERENCE)
def question(request: TokenRequest, held: Held, number: int) -> HttpResponse:
    _started(held)
    return question_page(request, Sitting(held, "reference"), number)


@token_page(REFERENCE)
def check(request: TokenRequest, held: Held) -> HttpResponse:
    _started(held)
    return check_page(request, Sitting(held, "reference"))


@token_page(REFERENCE)
def cannot(request: TokenRequest, held: Held) -> HttpResponse:
    """“I cannot give a reference”, with one of three reasons."""
    if not _waits(held):
        raise NotNow
    form = DeclineForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        decline(held.reference_request, _reference(held), DeclineReason(form.cleaned_data["reason"]))
        return SeeOther(held.home)
    return render(request, "requests_app/reference/cannot.html", {**_context(held), "form": form})


@token_page(REFERENCE)
def wrong_person(request: TokenRequest, held: Held) -> HttpResponse:
    """“I am not the right person”, in two steps: scanners press single buttons."""
    if not _waits(held):
        raise NotNow
    if request.method == "POST":
        decline(held.reference_request, _reference(held), DeclineReason.WRONG_PERSON)
        return SeeOther(held.home)
    return render(request, "requests_app/reference/wrong_person.html", _context(held))


def _reference(held: Held) -> Reference:
    if held.reference is None:
        raise NotNow
    return held.reference


def _waits(held: Held) -> bool:
    return held.reference_request.state == RequestState.WAITING_FOR_REFERENCES and _reference(held).is_reachable


def _started(held: Held) -> None:
    if not _waits(held) or _reference(held).state != ReferenceState.STARTED:
        raise NotNow


def _context(held: Held) -> dict[str, object]:
    reference = _reference(held)
    questions = survey_questions.questions_for(held.reference_request, reference)
    return {
        "held": held,
        "reference_request": held.reference_request,
        "reference": reference,
        "relation": relation_sentence(reference, held.reference_request.candidate_first_name),
        "question_count": len(questions),
        "minutes": minutes_of(questions),
    }
