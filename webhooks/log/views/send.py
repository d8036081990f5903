"""Sending an event's request with a template, or to an address, that a person chose: both show first what goes out."""

from functools import partial
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy

from connectors import registry
from connectors.background_tasks import lifecycle
from connectors.models import BackgroundTask
from crosschq.tenancy.access import MemberRequest, member_page
from crosschq.tenancy.models import Role
from requests_app.notifications import email_content
from requests_app.start.start import CandidateInfo, Origin, draft_request
from templates_app.matching import closest_among
from templates_app.models import RequestTemplate, TemplateVersion
from webhooks.decision.evaluation import RequestInputs
from webhooks.explain.background_tasks import WHAT_GOES_OUT, ready_of
from webhooks.log import actions
from webhooks.log.lookup import find_event
from webhooks.log.views.actions import act_on, not_now, offered
from webhooks.models import InboundEvent


class ChooseTemplate(forms.Form):
    template: "forms.ModelChoiceField[RequestTemplate]" = forms.ModelChoiceField(queryset=None, to_field_name="uid")

    def __init__(self, data: Any, live: list[RequestTemplate]) -> None:
        super().__init__(data)
        field = self.fields["template"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = RequestTemplate.objects.filter(pk__in=[template.pk for template in live])


@member_page(Role.RECRUITER)
def send_with(request: MemberRequest, vendor: str, uid: UUID) -> HttpResponseBase:
    """Choose a template, see what will go out, send it. What will go out is looked up when the page is opened."""
    event = find_event(vendor, uid)
    if "send_with" not in offered(event, Role(request.membership.role)):
        return not_now(request, event)
    live = list(RequestTemplate.objects.filter(deleted_at__isnull=True).order_by("name", "pk"))
    form = ChooseTemplate(request.POST or (request.GET if "template" in request.GET else None), live)
    chosen = form.cleaned_data["template"] if form.is_valid() else None
    if request.method == "POST" and chosen:
        return act_on(request, event, partial(actions.send_with, template=chosen))
    chosen = chosen or (None if form.is_bound else _likely(event, live))
    version = chosen.current if chosen else None
    context: dict[str, Any] = {
        "event": event,
        "vendor": registry.vendor(vendor),
        "gone": form.is_bound and not form.is_valid(),
        "live": live,
        "others": [template for template in live if template != chosen],
        "version": version,
    }
    if version:
        task = _task(request, event)
        if task is None or task.parsed_arguments["version"] != version.pk:
            given = {"event": str(event.uid), "version": version.pk, "email": event.chosen_email}
            return redirect(_look_up(request, event, "events:send_with", given, template=version.template.uid).url)
        context |= _what_goes_out(event, task)
    return render(request, "webhooks/log/send_with.html", context)


def _likely(event: InboundEvent, live: list[RequestTemplate]) -> RequestTemplate | None:
    """The one to show first: the only one, or the one whose tag was meant."""
    if len(live) == 1:
        return live[0]
    return closest_among(live, tag=str(event.values.get("tag", "")))


class GiveAddress(forms.Form):
    email = forms.EmailField(
        label=gettext_lazy("The candidate's e-mail"),
        help_text=gettext_lazy("For this request alone: SmartRecruiters keeps what it has."),
        max_length=254,
        widget=forms.EmailInput({"autocomplete": "off"}),
    )


@member_page(Role.RECRUITER)
def send_to(request: MemberRequest, vendor: str, uid: UUID) -> HttpResponseBase:
    """Type the address that SmartRecruiters missing, see what will go out, send it. Posted, so that no log holds it."""
    event = find_event(vendor, uid)
    if "send_to" not in offered(event, Role(request.membership.role)):
        return not_now(request, event)
    form = GiveAddress(request.POST or None)
    email = form.cleaned_data["email"] if form.is_bound and form.is_valid() else ""
    if email and request.POST.get("act") == "send":
        return act_on(request, event, partial(actions.send_to, email=email))
    if email:
        version = _chosen_before(event)
        given = {"event": str(event.uid), "version": version.pk if version else None, "email": email}
        return redirect(_look_up(request, event, "events:send_to", given).url)
    context: dict[str, Any] = {"event": event, "vendor": registry.vendor(vendor), "form": form}
    task = _task(request, event)
    if task and not form.is_bound:
        email = task.parsed_arguments["email"]
        context |= {"form": GiveAddress(initial={"email": email}), "email": email, **_what_goes_out(event, task)}
    return render(request, "webhooks/log/send_to.html", context)


def _chosen_before(event: InboundEvent) -> TemplateVersion | None:
    """Of the template with which the request was to be sent by hand before its address was found missing."""
    if event.chosen_template is None:
        return None
    template = RequestTemplate.objects.filter(uid=event.chosen_template, deleted_at__isnull=True).first()
    return template.current if template else None


def _task(request: MemberRequest, event: InboundEvent) -> BackgroundTask | None:
    """What the address names, if it was about this event."""
    task = lifecycle.find(request.GET.get("task"), WHAT_GOES_OUT, vendor=event.connection.vendor)
    return task if task and task.parsed_arguments["event"] == str(event.uid) else None


def _look_up(
    request: MemberRequest, event: InboundEvent, page_name: str, given: dict[str, Any], **query: object
) -> BackgroundTask:
    vendor = event.connection.vendor
    page = reverse(page_name, args=[request.organization.slug, vendor, event.uid])
    return lifecycle.begin(
        WHAT_GOES_OUT,
        organization=request.organization,
        vendor=vendor,
        asked_by=request.user,
        page=f"{page}?{urlencode(query)}" if query else page,
        arguments=given,
    )


def _what_goes_out(event: InboundEvent, task: BackgroundTask) -> dict[str, Any]:
    context: dict[str, Any] = {"task": task}
    if task.is_done:
        context |= {name: task.parsed_result[name] for name in ("stopped", "stopped_fix") if name in task.parsed_result}
        ready = ready_of(task)
        if ready:
            context |= {"ready": ready, "email": _invitation(event, ready)}
        elif "stopped" not in context:
            context["gone"] = True  # its template was deleted since
    return context


def _invitation(event: InboundEvent, ready: RequestInputs) -> dict[str, Any]:
    candidate = ready.candidate
    draft = draft_request(
        organization=event.organization,
        version=ready.match.version,
        candidate=CandidateInfo(candidate.first_name[:100], candidate.last_name[:100], candidate.email),
        job_title=ready.job.title[:200],
        owner=ready.people.owner,
        origin=Origin(),
    )
    email = email_content.candidate_invitation(draft, "")
    return {"subject": email.subject, "preheader": email.preheader, "due_at": draft.due_at}
