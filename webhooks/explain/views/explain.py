from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from connectors import registry
from connectors.background_tasks import lifecycle
from connectors.models import BackgroundTask
from connectors.task_kinds import TaskKind
from crosschq.core.text.ats_name import ats_name
from crosschq.core.ui.form_fields import SearchField
from crosschq.tenancy.access import MemberRequest, member_page
from crosschq.tenancy.models import Role
from webhooks.explain.background_tasks import EXPLAIN, EXPLAIN_SEND, answer_of
from webhooks.log.lookup import find_connection


class ExplainForm(forms.Form):
    text = SearchField(
        label=format_lazy(gettext_lazy("Name, email, or {ats} link"), ats=lazy(ats_name, str)()),
        help_text=gettext_lazy("Copy the link to the profile, or to the candidate on a job, from your browser."),
        min_length=2,
        max_length=500,
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )


class ApplicationForm(forms.Form):
    """A candidate on a job, as a button of this page posts them."""

    candidate_id = forms.CharField(max_length=100)
    job_id = forms.CharField(max_length=100, required=False)


@member_page(Role.RECRUITER)
def explain(request: MemberRequest, vendor: str) -> HttpResponse:
    """The question is posted, so it never appears in a URL. The answer is shown on the same page."""
    connection = find_connection(vendor)
    question = ExplainForm(request.POST) if request.method == "POST" else ExplainForm()
    if request.method == "POST":
        arguments = _arguments(request, question)
        if arguments:
            return redirect(_begin(request, vendor, EXPLAIN, arguments).url)
    task = lifecycle.find(request.GET.get("task"), EXPLAIN, EXPLAIN_SEND, vendor=vendor)
    context: dict[str, Any] = {
        "connection": connection,
        "vendor": registry.vendor(vendor),
        "form": question,
        "may_switch": request.membership.may(Role.ADMIN),
        "task": task,
    }
    if task and task.is_done and task.kind == EXPLAIN_SEND.name:
        return redirect("events:detail", slug=request.organization.slug, vendor=vendor, uid=task.parsed_result["event"])
    if task and not question.is_bound:
        context["form"] = ExplainForm(initial={"text": task.parsed_arguments.get("text", "")})
        context["answer"] = answer_of(task) if task.is_done else None
    return render(request, "webhooks/explain/explain.html", context)


def _arguments(request: MemberRequest, question: ExplainForm) -> dict[str, str] | None:
    """Return the chosen candidate and job with the earlier question, or the question; None if neither is valid."""
    chosen = ApplicationForm(request.POST)
    text = question.cleaned_data["text"] if question.is_valid() else ""
    if "candidate_id" in request.POST and chosen.is_valid():
        return {**chosen.cleaned_data, "text": text}
    return {"text": text} if text else None


def _begin(request: MemberRequest, vendor: str, kind: TaskKind, arguments: dict[str, str]) -> BackgroundTask:
    return lifecycle.begin(
        kind,
        organization=request.organization,
        vendor=vendor,
        asked_by=request.user,
        page=reverse("events:explain", args=[request.organization.slug, vendor]),
        arguments=arguments,
    )


@member_page(Role.RECRUITER)
@require_POST
def send(request: MemberRequest, vendor: str) -> HttpResponse:
    connection = find_connection(vendor)
    chosen = ApplicationForm(request.POST)
    if not (chosen.is_valid() and chosen.cleaned_data["job_id"]):
        words = _("This candidate isn't on this job in %(ats)s. Ask about the candidate again.")
        messages.error(request, words % {"ats": connection.ats_name}, extra_tags=_("Nothing was sent"))
        return redirect("events:explain", slug=request.organization.slug, vendor=vendor)
    return redirect(_begin(request, vendor, EXPLAIN_SEND, chosen.cleaned_data).url)
