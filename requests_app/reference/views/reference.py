"""The pages that a reference's link opens."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from crosschq.messaging.sending.cap_refusals import rollback_if_refused
from crosschq.messaging.sending.caps import CapReached
from crosschq.tenancy.secret_pages import SeeOther, TokenRequest
from requests_app.lifecycle import RequestMovedOn
from requests_app.models import SENT_STATES, DeclineReason, Reference, ReferenceState, RequestState
from requests_app.notifications.send import REFERENCE, send_copy
from requests_app.public import agreements, networks
from requests_app.public.access import LinkHolder, token_page
from requests_app.public.forms import DeclineForm, FactsOnlyForm, ReferenceStartForm
from requests_app.reference import responses, survey_questions
from requests_app.reference.decline import decline
from requests_app.reference.views.survey import SurveySession, check_page, question_page
from requests_app.report.build import relationship_statement
from templates_app.surveys.audience import minutes_of


@token_page(REFERENCE)
def home(request: TokenRequest, link_holder: LinkHolder) -> HttpResponse:
    """The link itself: start, continue, or see how it ended."""
    reference = _reference(link_holder)
    if reference.state in SENT_STATES:
        return SeeOther(reverse("prospect:thanks", args=[link_holder.token]))
    if reference.state == ReferenceState.DECLINED:
        return render(request, "requests_app/reference/declined.html", _context(link_holder))
    if not _may_start(link_holder):
        return render(request, "requests_app/public/ended.html", _context(link_holder))
    if reference.started_at is not None:
        return SeeOther(SurveySession(link_holder, "reference").next_url())
    form = ReferenceStartForm(initial=ReferenceStartForm.initial_of(reference))
    return render(request, "requests_app/reference/start.html", {**_context(link_holder), "form": form})


@token_page(REFERENCE)
def start(request: TokenRequest, link_holder: LinkHolder) -> HttpResponse:
    if request.method != "POST" or not _may_start(link_holder):
        raise RequestMovedOn
    reference = _reference(link_holder)
    form = ReferenceStartForm(request.POST, initial=ReferenceStartForm.initial_of(reference))
    if not form.is_valid():
        return render(request, "requests_app/reference/start.html", {**_context(link_holder), "form": form})
    chosen = form.cleaned_data["agreed"]
    agreed = {"yes": True, "no": False}.get(chosen)
    words, facts = form.cleaned_data["words"], form.facts()
    responses.begin(link_holder.reference_request, reference, agreed=agreed, words=words, facts=facts)
    return SeeOther(SurveySession(link_holder, "reference").url(1))


@token_page(REFERENCE)
def facts(request: TokenRequest, link_holder: LinkHolder) -> HttpResponse:
    """The short path for a reference whose employer allows no more than the candidate's title and dates."""
    if not _is_waiting(link_holder):
        raise RequestMovedOn
    reference = _reference(link_holder)
    data = request.POST if request.method == "POST" else None
    form = FactsOnlyForm(data, initial=FactsOnlyForm.initial_of(reference))
    if link_holder.reference_request.compares_networks:
        form.fields["own_words"].label = agreements.current_text(link_holder.reference_request, of_reference=True)
    if request.method == "POST" and form.is_valid():
        responses.send_facts(
            link_holder.reference_request, reference, form.facts(), client_ip=networks.client_ip(request)
        )
        return SeeOther(link_holder.home)
    return render(request, "requests_app/reference/facts.html", {**_context(link_holder), "form": form})


@token_page(REFERENCE)
def change(request: TokenRequest, link_holder: LinkHolder) -> HttpResponse:
    """“Change my answers”, until the request is finished."""
    if request.method != "POST":
        raise RequestMovedOn
    responses.change(link_holder.reference_request, _reference(link_holder))
    survey = SurveySession(link_holder, "reference")
    return SeeOther(survey.check_url if survey.answers else survey.url(1))


@token_page(REFERENCE)
def copy(request: TokenRequest, link_holder: LinkHolder) -> HttpResponse:
    """What the reference sent, to read, print, or get by email."""
    reference = _reference(link_holder)
    if reference.state not in SENT_STATES:
        raise RequestMovedOn
    survey = SurveySession(link_holder, "reference", sent=True)
    lines = survey.lines if survey.answers else []
    if request.method == "POST":
        answers = [(line.wording, line.full_answer) for line in lines] or _stated(reference)
        try:
            with rollback_if_refused(request.organization, None):
                send_copy(link_holder.reference_request, reference, answers)
            messages.success(request, _("A copy is on its way to your address."), extra_tags=_("Sent"))
        except CapReached as refused:
            messages.error(request, refused.sentence, extra_tags=_("Not sent"))
        return SeeOther(link_holder.url("reference_copy"))
    context = {**_context(link_holder), "lines": lines, "stated": _stated(reference)}
    return render(request, "requests_app/reference/copy.html", context)


def _stated(reference: Reference) -> list[tuple[str, str]]:
    """What the reference said about the candidate's job, with labels."""
    still_there = {True: _("Yes"), False: _("No"), None: ""}[reference.still_there]
    stated = [
        (_("Job title"), reference.stated_title),
        (_("Dates"), reference.stated_years),
        (_("Still works there"), still_there),
        (_("How you worked together"), reference.relationship_comment),
    ]
    return [(label, value) for label, value in stated if value]


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


def _may_start(link_holder: LinkHolder) -> bool:
    """Whether the reference can start or continue, in time or late."""
    return _is_waiting(link_holder) or responses.is_late(link_holder.reference_request, _reference(link_holder))


def _is_waiting(link_holder: LinkHolder) -> bool:
    return (
        link_holder.reference_request.state == RequestState.WAITING_FOR_REFERENCES
        and _reference(link_holder).is_reachable
    )


def _started(link_holder: LinkHolder) -> None:
    reference = _reference(link_holder)
    if reference.started_at is None or not responses.may_answer(link_holder.reference_request, reference):
        raise RequestMovedOn


def _context(link_holder: LinkHolder) -> dict[str, object]:
    reference = _reference(link_holder)
    questions = survey_questions.questions_for(link_holder.reference_request, reference)
    return {
        "link_holder": link_holder,
        "reference_request": link_holder.reference_request,
        "reference": reference,
        "relation": relationship_statement(reference, link_holder.reference_request),
        "is_late": responses.is_late(link_holder.reference_request, reference),
        "question_count": len(questions),
        "minutes": minutes_of(questions),
    }
