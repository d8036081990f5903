"""The actions of an event's page. Each is a POST; those that email someone show a preview first."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from connectors import registry
from crosschq.core.outbox.work_item import WorkState
from crosschq.tenancy.access import MemberRequest, member_page
from crosschq.tenancy.models import Role
from crosschq.tenancy.owner_access import member_or_owner_page
from webhooks.log import actions, owner_notices
from webhooks.log.access import may_open_request, owner_of_event
from webhooks.log.lookup import find_event
from webhooks.models import InboundEvent

FOR_ADMINS = {"turn_on", "resume", "restore", "connection"}
FOR_MEMBERS = {"review_burst"}


def offered(event: InboundEvent, request: MemberRequest) -> set[str]:
    """Return the actions that the event's outcome and state allow this person."""
    outcome = event.outcome_details
    if outcome is None:
        return set()
    available = set(outcome.actions)
    if event.state == WorkState.WORKING:
        available &= {"open_request", "connection"}
    if not (event.candidate_id and event.job_id):
        available -= {"send_with", "send_to", "send_another"}
    if event.reference_request_uid is None:
        available -= {"open_request"}
    if not request.membership.may(Role.ADMIN):
        available -= FOR_ADMINS
    if request.email_owner is not None:
        available -= FOR_MEMBERS
        if "open_request" in available and not may_open_request(event, request.email_owner):
            available -= {"open_request"}
    return available


@member_or_owner_page(Role.RECRUITER, owner_of=owner_of_event)
def send_another(request: MemberRequest, vendor: str, uid: UUID) -> HttpResponse:
    event = find_event(vendor, uid)
    if "send_another" not in offered(event, request):
        return not_now(request, event)
    if request.method == "POST":
        return act_on(request, event, partial(actions.send_another, event, actor=request.actor))
    return render(request, "webhooks/log/send_another.html", {"event": event, "vendor": registry.vendor(vendor)})


@member_page(Role.ADMIN)
def turn_on(request: MemberRequest, vendor: str, uid: UUID) -> HttpResponse:
    event = find_event(vendor, uid)
    if "turn_on" not in offered(event, request):
        return not_now(request, event)
    if request.method == "POST":
        return act_on(request, event, partial(actions.turn_on_and_send, event, actor=request.user))
    return render(request, "webhooks/log/turn_on.html", {"event": event, "vendor": registry.vendor(vendor)})


@member_page(Role.ADMIN)
@require_POST
def resume(request: MemberRequest, vendor: str, uid: UUID) -> HttpResponse:
    event = find_event(vendor, uid)
    if "resume" not in offered(event, request):
        return not_now(request, event)
    return act_on(request, event, partial(actions.resume_and_send, event, actor=request.user))


@member_page(Role.ADMIN)
@require_POST
def restore(request: MemberRequest, vendor: str, uid: UUID) -> HttpResponse:
    event = find_event(vendor, uid)
    return act_on(request, event, partial(actions.restore_and_send, event, actor=request.user))


@member_or_owner_page(Role.RECRUITER, owner_of=owner_of_event)
@require_POST
def try_again(request: MemberRequest, vendor: str, uid: UUID) -> HttpResponse:
    """Decide the event again from the current state in the ATS. start_request ensures that no one gets two requests."""
    event = find_event(vendor, uid)
    return act_on(request, event, partial(actions.try_again, event, actor=request.actor))


@member_or_owner_page(Role.RECRUITER, owner_of=owner_of_event)
def job_notices(request: MemberRequest, vendor: str, uid: UUID) -> HttpResponse:
    """Turn emails about the missing tag of this event's job off or on."""
    event = find_event(vendor, uid)
    if request.method == "POST" and event.job_id:
        if request.POST.get("quiet") == "0":
            owner_notices.unmute_job(event, actor=request.actor)
            messages.success(request, _("Emails about this job's missing tag are on again."))
        else:
            owner_notices.mute_job(event, actor=request.actor)
            messages.success(request, _("Emails about this job's missing tag are off."))
        return _to_event(request, event)
    context = {"event": event, "vendor": registry.vendor(vendor), "is_muted": owner_notices.is_muted(event)}
    return render(request, "webhooks/log/job_notices.html", context)


def act_on(request: MemberRequest, event: InboundEvent, action: Callable[[], None]) -> HttpResponse:
    """Run one of webhooks.log.actions, then show the event's page, which follows the progress."""
    try:
        action()
    except actions.NotNow as error:
        messages.info(request, str(error))
    return _to_event(request, event)


def not_now(request: MemberRequest, event: InboundEvent) -> HttpResponse:
    messages.info(request, _("There's nothing to send for this event now."))
    return _to_event(request, event)


def _to_event(request: MemberRequest, event: InboundEvent) -> HttpResponse:
    return redirect("events:detail", slug=request.organization.slug, vendor=event.connection.vendor, uid=event.uid)
