from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from connectors import ats, registry
from crosschq.organizations.access import MemberRequest, member_page
from crosschq.organizations.models import Role
from crosschq.organizations.tenancy import tenant
from webhooks import explain as explaining

from .find import find_connection


class Question(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Name, e-mail or SmartRecruiters link"),
        help_text=gettext_lazy("The link of the profile as it stands in the browser, or of the candidate on a job."),
        min_length=2,
        max_length=500,
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )


class Chosen(forms.Form):
    """A candidate on a job, as a button of this page posts them."""

    candidate_id = forms.CharField(max_length=100)
    job_id = forms.CharField(max_length=100, required=False)


@member_page(Role.RECRUITER, opens_tenant=False)
def explain(request: MemberRequest, vendor: str) -> HttpResponse:
    """The answer stands on the same page. It is posted, since SmartRecruiters is asked for it."""
    with tenant(request.organization):
        connection = find_connection(vendor)
    context: dict[str, Any] = {"connection": connection, "vendor": registry.vendor(vendor), "form": Question()}
    context["may_switch"] = request.membership.may(Role.ADMIN)
    if request.method == "POST":
        chosen, question = Chosen(request.POST), Question(request.POST)
        context["form"] = question
        if "candidate_id" in request.POST and chosen.is_valid():
            ids = (chosen.cleaned_data["candidate_id"], chosen.cleaned_data["job_id"])
            context |= {"answer": explaining.ask(connection, "", chosen=ids), "form": Question(_text_of(question))}
        elif question.is_valid():
            context["answer"] = explaining.ask(connection, question.cleaned_data["text"])
    return render(request, "webhooks/explain.html", context)


def _text_of(question: Question) -> dict[str, str] | None:
    """What was asked before one of several was chosen, where it still stands in the form."""
    return {"text": question.cleaned_data["text"]} if question.is_valid() else None


@member_page(Role.RECRUITER, opens_tenant=False)
@require_POST
def send(request: MemberRequest, vendor: str) -> HttpResponse:
    with tenant(request.organization):
        connection = find_connection(vendor)
    chosen = Chosen(request.POST)
    ids = (chosen.cleaned_data["candidate_id"], chosen.cleaned_data["job_id"]) if chosen.is_valid() else ("", "")
    try:
        event = explaining.send(connection, *ids, actor=request.user) if all(ids) else None
    except ats.NotVisible:
        event = None
    except ats.AtsError as error:
        messages.error(request, error.sentence, extra_tags=_("Nothing was sent"))
        return redirect("events:explain", slug=request.organization.slug, vendor=vendor)
    if event is None:
        words = _("SmartRecruiters has no such candidate on this job. Ask again about the candidate.")
        messages.error(request, words, extra_tags=_("Nothing was sent"))
        return redirect("events:explain", slug=request.organization.slug, vendor=vendor)
    return redirect("events:detail", slug=request.organization.slug, vendor=vendor, uid=event.uid)
