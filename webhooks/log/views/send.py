"""Send an event's request with a template or to an address that a member chose. Both show a preview first."""

from functools import partial
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy

from connectors import registry
from connectors.background_tasks import lifecycle
from connectors.models import BackgroundTask
from crosschq.core.database.folded import SortKey
from crosschq.core.text import lengths
from crosschq.core.text.ats_name import ats_name
from crosschq.core.ui.form_fields import AddressField
from crosschq.tenancy.access import MemberRequest
from crosschq.tenancy.models import Role
from crosschq.tenancy.owner_access import member_or_owner_page
from requests_app.notifications import email_content
from requests_app.start.start import CandidateInfo, Origin, draft_request
from templates_app.matching import closest_among
from templates_app.models import RequestTemplate, TemplateVersion
from templates_app.request_templates.queries import named_apart
from webhooks.decision.evaluation import RequestInputs
from webhooks.explain.background_tasks import WHAT_GOES_OUT, ready_of
from webhooks.log import actions
from webhooks.log.access import owner_of_event
from webhooks.log.lookup import find_event
from webhooks.log.views.actions import act_on, not_now, offered
from webhooks.models import InboundEvent


class TemplateChoiceForm(forms.Form):
    template: "forms.ModelChoiceField[RequestTemplate]" = forms.ModelChoiceField(queryset=None, to_field_name="uid")

    def __init__(self, data: Any, live: list[RequestTemplate]) -> None:
        super().__init__(data)
        field = self.fields["template"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = RequestTemplate.objects.filter(pk__in=[template.pk for template in live])


@member_or_owner_page(Role.RECRUITER, owner_of=owner_of_event)
def send_with(request: MemberRequest, vendor: str, uid: UUID) -> HttpResponseBase:
    """Choose a template, see the preview, send. The preview is loaded when the page opens."""
    event = find_event(vendor, uid)
    if "send_with" not in offered(event, request):
        return not_now(request, event)
    live = list(RequestTemplate.objects.filter(deleted_at__isnull=True).order_by(SortKey("name"), "pk"))
    form = TemplateChoiceForm(request.POST or (request.GET if "template" in request.GET else None), live)
    chosen = form.cleaned_data["template"] if form.is_valid() else None
    if request.method == "POST" and chosen:
        return act_on(request, event, partial(actions.send_with, event, template=chosen, actor=request.actor))
    chosen = chosen or (None if form.is_bound else _likely(event, live))
    version = chosen.current if chosen else None
    names = named_apart(live)
    context: dict[str, Any] = {
        "event": event,
        "vendor": registry.vendor(vendor),
        "gone": form.is_bound and not form.is_valid(),
        "live": live,
        "others": [(str(one.uid), names[str(one.uid)]) for one in live if one != chosen],
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
    """Return the template to preselect: the only one, or the one with the closest tag."""
    if len(live) == 1:
        return live[0]
    return closest_among(live, tag=str(event.values.get("tag", "")))


class AddressForm(forms.Form):
    email = AddressField(
        label=gettext_lazy("The candidate's email"),
        help_text=format_lazy(
            gettext_lazy("Used only for this request. {ats} keeps the address it has."), ats=lazy(ats_name, str)()
        ),
        max_length=lengths.EMAIL,
        widget=forms.EmailInput({"autocomplete": "off"}),
    )


@member_or_owner_page(Role.RECRUITER, owner_of=owner_of_event)
def send_to(request: MemberRequest, vendor: str, uid: UUID) -> HttpResponseBase:
    """Enter the address that the ATS lacks, see the preview, send. Posted, so that no log contains the address."""
    event = find_event(vendor, uid)
    if "send_to" not in offered(event, request):
        return not_now(request, event)
    form = AddressForm(request.POST or None)
    email = form.cleaned_data["email"] if form.is_bound and form.is_valid() else ""
    if email and request.POST.get("act") == "send":
        return act_on(request, event, partial(actions.send_to, event, email=email, actor=request.actor))
    if email:
        version = _chosen_before(event)
        given = {"event": str(event.uid), "version": version.pk if version else None, "email": email}
        return redirect(_look_up(request, event, "events:send_to", given).url)
    context: dict[str, Any] = {"event": event, "vendor": registry.vendor(vendor), "form": form}
    task = _task(request, event)
    if task and not form.is_bound:
        email = task.parsed_arguments["email"]
        context |= {"form": AddressForm(initial={"email": email}), "email": email, **_what_goes_out(event, task)}
    return render(request, "webhooks/log/send_to.html", context)


def _chosen_before(event: InboundEvent) -> TemplateVersion | None:
    """Return the template a member chose before the address turned out to be missing."""
    if event.chosen_template is None:
        return None
    template = RequestTemplate.objects.filter(uid=event.chosen_template, deleted_at__isnull=True).first()
    return template.current if template else None


def _task(request: MemberRequest, event: InboundEvent) -> BackgroundTask | None:
    """Return the task named in the query string, if it is about this event."""
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
        asked_by=None if request.email_owner else request.user,
        page=f"{page}?{urlencode(query)}" if query else page,
        arguments=given,
    )


def _what_goes_out(event: InboundEvent, task: BackgroundTask) -> dict[str, Any]:
    context: dict[str, Any] = {"task": task}
    if task.is_done:
        context |= {
            name: task.parsed_result[name] for name in ("stop_reason", "stop_fix") if name in task.parsed_result
        }
        ready = ready_of(task)
        if ready:
            context |= {"ready": ready, "invitation": _invitation(event, ready)}
        elif "stop_reason" not in context:
            context["gone"] = True  # its template has been deleted since
    return context


def _invitation(event: InboundEvent, ready: RequestInputs) -> dict[str, Any]:
    candidate = ready.candidate
    draft = draft_request(
        organization=event.organization,
        version=ready.match.version,
        candidate=CandidateInfo(candidate.first_name, candidate.last_name, candidate.email),
        job_title=ready.job.title,
        owner=ready.people.owner,
        origin=Origin(),
    )
    email = email_content.candidate_invitation(draft, "")
    return {"subject": email.subject, "preheader": email.preheader, "due_at": draft.due_at}
