"""The candidate's pages: start, check and send, status."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from crosschq.messaging.sending.cap_refusals import rollback_if_refused
from crosschq.messaging.sending.caps import CapReached
from crosschq.tenancy.secret_pages import SeeOther, TokenRequest
from requests_app.candidate import nominate
from requests_app.candidate.slots import SlotStatus, missing_step, slot_statuses
from requests_app.completion.complete import decline_to_take_part
from requests_app.lifecycle import RequestMovedOn
from requests_app.models import Reference, ReferenceRequest, RequestState
from requests_app.notifications.corrections import correct_reference_address
from requests_app.notifications.send import CANDIDATE
from requests_app.public import leaving, networks
from requests_app.public.access import LinkHolder, token_page
from requests_app.public.forms import ConsentForm, EmailForm
from requests_app.reference.survey_questions import own_view_minutes
from requests_app.reference.views.survey import SurveySession, check_page, question_page
from requests_app.reminders.views import reminder_options
from requests_app.report.build import build, relationship_summary
from requests_app.report.versions.record import latest
from templates_app.request_templates.queries import COUNT_LABELS
from templates_app.request_templates.rules import ReferenceRule
from templates_app.surveys.audience import naming_minutes
from templates_app.surveys.relationships import Relationship

WAITING = RequestState.WAITING_FOR_REFERENCES
CHOSEN = ngettext_lazy("%(count)s person you choose", "%(count)s people you choose", "count")


@token_page(CANDIDATE)
def home(request: TokenRequest, link_holder: LinkHolder) -> HttpResponse:
    """Show the start, the next open step, the status, or how the request ended."""
    if link_holder.reference_request.state == RequestState.SENT:
        return _start_page(request, link_holder, ConsentForm(link_holder.reference_request))
    if link_holder.reference_request.state == WAITING:
        return render(request, "requests_app/candidate/status.html", _status(link_holder))
    if link_holder.reference_request.is_open:
        return SeeOther(next_step(link_holder))
    return render(request, "requests_app/public/ended.html", _context(link_holder))


@token_page(CANDIDATE)
def start(request: TokenRequest, link_holder: LinkHolder) -> HttpResponse:
    if request.method != "POST":
        raise RequestMovedOn
    form = ConsentForm(link_holder.reference_request, request.POST)
    if link_holder.reference_request.state == RequestState.SENT and not form.is_valid():
        return _start_page(request, link_holder, form)
    begun = nominate.begin(link_holder.reference_request, client_ip=networks.client_ip(request))
    return SeeOther(link_holder.url("candidate_name", 1) if begun else link_holder.home)


def _start_page(request: TokenRequest, link_holder: LinkHolder, form: ConsentForm) -> HttpResponse:
    return render(request, "requests_app/candidate/start.html", {**_context(link_holder), "form": form})


@token_page(CANDIDATE)
def decline(request: TokenRequest, link_holder: LinkHolder) -> HttpResponse:
    """The page “I don't want to take part”: explain what happens next and ask to confirm."""
    if not link_holder.reference_request.is_open:
        raise RequestMovedOn
    if request.method == "POST":
        decline_to_take_part(link_holder.reference_request)
        return SeeOther(link_holder.home)
    return render(request, "requests_app/candidate/decline.html", _context(link_holder))


@token_page(CANDIDATE)
def check(request: TokenRequest, link_holder: LinkHolder) -> HttpResponse:
    """Show everything before any email goes out."""
    if not link_holder.reference_request.is_open or link_holder.reference_request.state == RequestState.SENT:
        raise RequestMovedOn
    step = next_step(link_holder)
    every = slot_statuses(link_holder.reference_request)
    to_ask = [slot_status for slot_status in every if slot_status.is_complete]
    if step != link_holder.url("candidate_check"):
        return SeeOther(step)
    waits = link_holder.reference_request.state == WAITING
    if not to_ask or (waits and not any(slot_status.is_new for slot_status in to_ask)):
        raise RequestMovedOn
    if request.method == "POST":
        try:
            with rollback_if_refused(request.organization, None):
                nominate.send_invitations(link_holder.reference_request, client_ip=networks.client_ip(request))
        except CapReached as refused:
            messages.error(request, refused.sentence, extra_tags=_("Not sent"))
            return SeeOther(link_holder.url("candidate_check"))
        survey = SurveySession(link_holder, "own_view")
        first = _asks_own_view(survey) and survey.response is None
        return SeeOther(survey.url(1) if first else link_holder.home)
    context = {
        **_context(link_holder),
        "slot_statuses": to_ask,
        "asked_now": [slot_status for slot_status in to_ask if slot_status.is_ready_to_invite],
        "last": max(slot_status.slot.number for slot_status in to_ask),
        "left_out": [slot_status for slot_status in every if slot_status.is_skipped],
        "relations": relations(to_ask),
    }
    return render(request, "requests_app/candidate/check.html", context)


@token_page(CANDIDATE)
def address(request: TokenRequest, link_holder: LinkHolder, uid: str) -> HttpResponse:
    """Correct the address of a reference who was asked and hasn't answered."""
    reference = Reference.objects.filter(reference_request=link_holder.reference_request, uid=uid).first()
    if reference is None or not reference.is_reachable or link_holder.reference_request.state != WAITING:
        raise RequestMovedOn
    form = EmailForm(request.POST if request.method == "POST" else None, initial={"email": reference.email})
    if leaving.has_nothing_to_save(request, form):
        return SeeOther(link_holder.home)
    if request.method == "POST" and not leaving.leaves(request) and form.is_valid():
        try:
            with rollback_if_refused(request.organization, None):
                correct_reference_address(
                    link_holder.reference_request,
                    reference,
                    form.cleaned_data["email"],
                    actor=link_holder.reference_request.candidate_name,
                    by_candidate=True,
                )
            return SeeOther(link_holder.home)
        except (nominate.AddressRefused, CapReached) as refused:
            form.add_error("email", refused.sentence)
    context = {
        **_context(link_holder),
        "form": form,
        "reference": reference,
        **leaving.context(request, link_holder.home),
    }
    return render(request, "requests_app/candidate/address.html", context)


@token_page(CANDIDATE)
def replace(request: TokenRequest, link_holder: LinkHolder, uid: str) -> HttpResponse:
    """Name someone else instead of a reference who was asked and hasn't started for days."""
    reference_request = link_holder.reference_request
    found = [
        each for each in slot_statuses(reference_request) if each.reference and str(each.reference.uid) == str(uid)
    ]
    if reference_request.state != WAITING or not found or not found[0].is_silent or found[0].reference is None:
        raise RequestMovedOn
    if request.method == "POST":
        number = nominate.replace_silent(reference_request, found[0].reference)
        return SeeOther(link_holder.url("candidate_name", number))
    context = {**_context(link_holder), "reference": found[0].reference}
    return render(request, "requests_app/candidate/replace.html", context)


@token_page(CANDIDATE)
def release(request: TokenRequest, link_holder: LinkHolder, uid: str) -> HttpResponse:
    """Ask the reference at the current employer now."""
    reference = Reference.objects.filter(reference_request=link_holder.reference_request, uid=uid).first()
    if reference is None or request.method != "POST":
        raise RequestMovedOn
    try:
        with rollback_if_refused(request.organization, None):
            name = link_holder.reference_request.candidate_name
            nominate.release(link_holder.reference_request, reference, actor=name)
    except CapReached as refused:
        messages.error(request, refused.sentence, extra_tags=_("Not sent"))
    return SeeOther(link_holder.home)


@token_page(CANDIDATE)
def own_question(request: TokenRequest, link_holder: LinkHolder, number: int) -> HttpResponse:
    _own_view(link_holder)
    return question_page(request, SurveySession(link_holder, "own_view"), number)


@token_page(CANDIDATE)
def own_check(request: TokenRequest, link_holder: LinkHolder) -> HttpResponse:
    _own_view(link_holder)
    return check_page(request, SurveySession(link_holder, "own_view"))


@token_page(CANDIDATE)
def answers(request: TokenRequest, link_holder: LinkHolder) -> HttpResponse:
    """Show what the references said, if the organization lets candidates read it."""
    if not _may_read(link_holder.reference_request):
        raise RequestMovedOn
    context = {
        **_context(link_holder),
        "report": build(link_holder.reference_request, latest(link_holder.reference_request)),
        "by": request.GET.get("by", ""),
    }
    return render(request, "requests_app/candidate/answers.html", context)


def next_step(link_holder: LinkHolder) -> str:
    """The URL of the first incomplete step of naming references, or of the page to check and send."""
    for slot_status in slot_statuses(link_holder.reference_request):
        if slot_status.reference is None:
            if link_holder.reference_request.state != WAITING and slot_status.slot.required:
                return link_holder.url("candidate_name", slot_status.slot.number)
        elif slot_status.can_be_named and not slot_status.bounced:
            step = missing_step(slot_status.reference, slot_status.slot)
            if step is not None:
                return link_holder.url(f"candidate_{step}", slot_status.slot.number)
    return link_holder.url("candidate_check")


def relations(some: list[SlotStatus]) -> dict[int, str]:
    return {
        slot_status.slot.number: relationship_summary(slot_status.reference)
        for slot_status in some
        if slot_status.reference
    }


def _may_read(reference_request: ReferenceRequest) -> bool:
    return reference_request.has_report and reference_request.candidate_sees_answers


def _own_view(link_holder: LinkHolder) -> None:
    if link_holder.reference_request.state != WAITING or not link_holder.reference_request.version.self_reference:
        raise RequestMovedOn


def _asks_own_view(survey: SurveySession) -> bool:
    return survey.link_holder.reference_request.version.self_reference and bool(survey.pages)


def _status(link_holder: LinkHolder) -> dict[str, object]:
    survey = SurveySession(link_holder, "own_view")
    sent = bool(survey.response and survey.response.submitted_at)
    return {
        **_context(link_holder),
        "slot_statuses": reminder_options(link_holder.reference_request, slot_statuses(link_holder.reference_request)),
        "own_view_sent": sent,
        "own_view_begun": bool(survey.answers),
        "own_view_url": survey.next_url() if _asks_own_view(survey) and not sent else "",
    }


def _context(link_holder: LinkHolder) -> dict[str, object]:
    version = link_holder.reference_request.version
    return {
        "link_holder": link_holder,
        "reference_request": link_holder.reference_request,
        "rules": [(rule, _asked_for(rule)) for rule in version.reference_rules],
        "requested": version.references_requested,
        "own_view_minutes": own_view_minutes(link_holder.reference_request),
        "naming_minutes": naming_minutes(version.references_requested),
        "answers_url": link_holder.url("candidate_answers") if _may_read(link_holder.reference_request) else "",
    }


def _asked_for(rule: ReferenceRule) -> str:
    """For example "2 managers"."""
    label = CHOSEN if rule.relationship == Relationship.ANY else COUNT_LABELS[rule.relationship]
    return label % {"count": rule.count}
