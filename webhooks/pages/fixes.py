"""What can be done from an event's page. Each act is a POST; those that write to people show first what will go out."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from connectors import ats, registry
from crosschq.core import work
from crosschq.organizations.access import MemberRequest, member_page
from crosschq.organizations.models import Role, User
from crosschq.organizations.tenancy import tenant
from requests_app import mails
from requests_app.start import CandidateInfo, Origin, drafted
from templates_app.models import RequestTemplate
from webhooks import fixes, notices
from webhooks.look import Decided, Ready
from webhooks.models import InboundEvent
from webhooks.outcomes import OUTCOMES

from .find import find_event


def offered(event: InboundEvent, member_role: Role) -> set[str]:
    """What stands on the event's page: what its outcome allows, now, for somebody with this role."""
    outcome = event.decided
    if outcome is None:
        return set()
    acts = set(outcome.acts)
    if event.state == work.State.WORKING:
        acts &= {"open_request", "connection"}
    if not (event.candidate_id and event.job_id):
        acts -= {"send_with", "another"}
    if event.request_uid is None:
        acts -= {"open_request"}
    if member_role.rank < Role.ADMIN.rank:
        acts -= {"switch_on", "resume", "restore", "connection"}
    return acts


class ChooseTemplate(forms.Form):
    template: "forms.ModelChoiceField[RequestTemplate]" = forms.ModelChoiceField(
        label=gettext_lazy("Template"), queryset=None, to_field_name="uid", empty_label=None
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        field = self.fields["template"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = RequestTemplate.objects.filter(deleted_at__isnull=True).order_by("name", "pk")


@member_page(Role.RECRUITER, opens_tenant=False)
def send_with(request: MemberRequest, vendor: str, uid: UUID) -> HttpResponseBase:
    """Choose a template, see what will go out, send it. The reading is live; only the POST changes anything."""
    with tenant(request.organization):
        event = find_event(vendor, uid)
        if "send_with" not in offered(event, Role(request.membership.role)):
            return _not_now(request, event)
        form = ChooseTemplate(request.POST or request.GET or None)
        chosen = form.cleaned_data["template"] if form.is_bound and form.is_valid() else None
        if request.method == "POST" and chosen:
            return _act(request, event, lambda found, actor: fixes.send_with(found, template=chosen, actor=actor))
        version = chosen.current if chosen else None
        context: dict[str, Any] = {
            "event": event,
            "vendor": registry.vendor(vendor),
            "form": form,
            "any": RequestTemplate.objects.filter(deleted_at__isnull=True).exists(),
            "version": version,
        }
    if version:
        context |= _what_goes_out(event, lambda: fixes.look_with(event, version=version))
    with tenant(request.organization):  # the form lists the templates
        if "ready" in context:
            context["mail"] = _invitation(event, context["ready"])
        return render(request, "webhooks/send_with.html", context)


def _what_goes_out(event: InboundEvent, look: Callable[[], Ready]) -> dict[str, Any]:
    try:
        return {"ready": look()}
    except Decided as decided:
        outcome = OUTCOMES[decided.outcome]
        return {"stopped": str(outcome.sentence) % decided.values, "stopped_fix": outcome.fix}
    except ats.AtsError as error:
        return {"stopped": error.sentence}


def _invitation(event: InboundEvent, ready: Ready) -> dict[str, Any]:
    candidate = ready.candidate
    draft = drafted(
        organization=event.organization,
        version=ready.match.version,
        candidate=CandidateInfo(candidate.first_name[:100], candidate.last_name[:100], candidate.email),
        job_title=ready.job.title[:200],
        owner=ready.people.owner,
        origin=Origin(),
    )
    mail = mails.candidate_invitation(draft, "")
    return {"subject": mail.subject, "preheader": mail.preheader, "due_at": draft.due_at}


@member_page(Role.RECRUITER)
def send_another(request: MemberRequest, vendor: str, uid: UUID) -> HttpResponse:
    event = find_event(vendor, uid)
    if "another" not in offered(event, Role(request.membership.role)):
        return _not_now(request, event)
    if request.method == "POST":
        return _act(request, event, lambda found, actor: fixes.send_another(found, actor=actor))
    return render(request, "webhooks/send_another.html", {"event": event, "vendor": registry.vendor(vendor)})


@member_page(Role.ADMIN)
def turn_on(request: MemberRequest, vendor: str, uid: UUID) -> HttpResponse:
    event = find_event(vendor, uid)
    if "switch_on" not in offered(event, Role(request.membership.role)):
        return _not_now(request, event)
    if request.method == "POST":
        return _act(request, event, lambda found, actor: fixes.turn_on_and_send(found, actor=actor))
    return render(request, "webhooks/turn_on.html", {"event": event, "vendor": registry.vendor(vendor)})


@member_page(Role.ADMIN)
@require_POST
def resume(request: MemberRequest, vendor: str, uid: UUID) -> HttpResponse:
    event = find_event(vendor, uid)
    if "resume" not in offered(event, Role(request.membership.role)):
        return _not_now(request, event)
    return _act(request, event, lambda found, actor: fixes.resume_and_send(found, actor=actor))


@member_page(Role.ADMIN)
@require_POST
def restore(request: MemberRequest, vendor: str, uid: UUID) -> HttpResponse:
    event = find_event(vendor, uid)
    return _act(request, event, lambda found, actor: fixes.restore_and_send(found, actor=actor))


@member_page(Role.RECRUITER)
@require_POST
def try_again(request: MemberRequest, vendor: str, uid: UUID) -> HttpResponse:
    """Decide once more, on what SmartRecruiters says now. Never asks anybody twice: start_request sees to that."""
    event = find_event(vendor, uid)
    return _act(request, event, lambda found, actor: fixes.try_again(found, actor=actor))


@member_page(Role.RECRUITER)
def quiet(request: MemberRequest, vendor: str, uid: UUID) -> HttpResponse:
    """Whether anybody is mailed about the missing tag of this event's job."""
    event = find_event(vendor, uid)
    if request.method == "POST" and event.job_id:
        if request.POST.get("quiet") == "0":
            notices.speak_again(event, actor=request.user)
            messages.success(request, _("Mails about the missing tag of this job go out again."))
        else:
            notices.keep_quiet(event, actor=request.user)
            messages.success(request, _("Nobody is mailed about the missing tag of this job any more."))
        return _to_event(request, event)
    context = {"event": event, "vendor": registry.vendor(vendor), "is_quiet": notices.is_quiet(event)}
    return render(request, "webhooks/quiet.html", context)


def _act(request: MemberRequest, event: InboundEvent, act: Callable[[InboundEvent, User], None]) -> HttpResponse:
    try:
        act(event, request.user)
    except fixes.NotNow as error:
        messages.info(request, str(error))
    else:
        words = _("It is looked at now, on what SmartRecruiters says. Reload this page in a moment.")
        messages.success(request, words, extra_tags=_("On its way"))
    return _to_event(request, event)


def _not_now(request: MemberRequest, event: InboundEvent) -> HttpResponse:
    messages.info(request, _("There is nothing to send for this event now."))
    return _to_event(request, event)


def _to_event(request: MemberRequest, event: InboundEvent) -> HttpResponse:
    return redirect("events:detail", slug=request.organization.slug, vendor=event.connection.vendor, uid=event.uid)
