"""The pages that a reference's link opens."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from crosschq.tenancy.secret_pages import SeeOther, TokenRequest
from requests_app.lifecycle import RequestMovedOn
from requests_app.models import DeclineReason, Reference, ReferenceState, RequestState
from requests_app.notifications.send import REFERENCE
from requests_app.public.access import LinkHolder, token_page
from requests_app.public.forms import DeclineForm, ReferenceStartForm
from requests_app.reference import responses, survey_questions
from requests_app.reference.decline import decline
from requests_app.reference.views.survey import SurveySession, check_page, question_page
from requests_app.report.build import relationship_statement
from templates_app.surveys.audience import minutes_of


@token_page(REFERENCE)
def home(request: TokenRequest, link_holder: LinkHolder) -> HttpResponse:
    """The link itself: start, continue, or see how it ended."""
    reference = _reference(link_holder)
    if reference.state == ReferenceState.ANSWERED:
        return SeeOther(reverse("prospect:thanks", args=[link_holder.token]))
    if reference.state == ReferenceState.DECLINED:
        return render(request, "requests_app/reference/declined.html", _context(link_holder))
    if not _is_waiting(link_holder):
        return render(request, "requests_app/public/ended.html", _context(link_holder))
    if reference.state == ReferenceState.STARTED:
        return SeeOther(SurveySession(link_holder, "reference").next_url())
    return render(request, "requests_app/reference/start.html", {**_context(link_holder), "form": ReferenceStartForm()})


@token_page(REFERENCE)
def start(request: TokenRequest, link_holder: LinkHolder) -> HttpResponse:
    if request.method != "POST" or not _is_waiting(link_holder):
        raise RequestMovedOn
    form = ReferenceStartForm(request.POST)
    if not form.is_valid():
        return render(request, "requests_app/reference/start.html", {**_context(link_holder), "form": form})
    chosen = form.cleaned_data["agreed"]
    agreed = {"yes": True, "no": False}.get(chosen)
    responses.begin(
        link_holder.reference_request, _reference(link_holder), agreed=agreed, words=form.cleaned_data["words"]
    )
    return SeeOther(SurveySession(link_holder, "reference").url(1))


@token_page(REFERENCE)
def question(request: TokenRequest, link_holder: LinkHolder, number: int) -> HttpResponse:
    _started(link_holder)
    return question_page(request, SurveySession(link_holder, "reference"), number)


@token_page(REFERENCE)
def check(request: TokenRequest, link_holder: LinkHolder) -> HttpResponse:
    _started(link_holder)
    return check_page(request, SurveySession(link_holder, "reference"))


@token_page(REFERENCE)
def cannot(request: TokenRequest, link_holder: LinkHolder) -> HttpResponse:
    """“I can't give a reference”, with one of three reasons."""
    if not _is_waiting(link_holder):
        raise RequestMovedOn
    form = DeclineForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        decline(link_holder.reference_request, _reference(link_holder), DeclineReason(form.cleaned_data["reason"]))
        return SeeOther(link_holder.home)
    return render(request, "requests_app/reference/cannot.html", {**_context(link_holder), "form": form})


@token_page(REFERENCE)
def wrong_person(request: TokenRequest, link_holder: LinkHolder) -> HttpResponse:
    """“I'm not the right person”, in two steps, because email scanners press single buttons."""
    if not _is_waiting(link_holder):
        raise RequestMovedOn
    if request.POST.get("sure") == "yes":
        decline(link_holder.reference_request, _reference(link_holder), DeclineReason.WRONG_PERSON)
        return SeeOther(link_holder.home)
    context = {**_context(link_holder), "asked_twice": request.method == "POST"}
    return render(request, "requests_app/reference/wrong_person.html", context)


def _reference(link_holder: LinkHolder) -> Reference:
    if link_holder.reference is None:
        raise RequestMovedOn
    return link_holder.reference


def _is_waiting(link_holder: LinkHolder) -> bool:
    return (
        link_holder.reference_request.state == RequestState.WAITING_FOR_REFERENCES
        and _reference(link_holder).is_reachable
    )


def _started(link_holder: LinkHolder) -> None:
    if not _is_waiting(link_holder) or _reference(link_holder).state != ReferenceState.STARTED:
        raise RequestMovedOn


def _context(link_holder: LinkHolder) -> dict[str, object]:
    reference = _reference(link_holder)
    questions = survey_questions.questions_for(link_holder.reference_request, reference)
    return {
        "link_holder": link_holder,
        "reference_request": link_holder.reference_request,
        "reference": reference,
        "relation": relationship_statement(reference, link_holder.reference_request.candidate_short_name),
        "question_count": len(questions),
        "minutes": minutes_of(questions),
    }
