import json
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from connectors import registry
from connectors.models import Connection
from crosschq.core import clock, work
from crosschq.organizations.access import MemberRequest, member_page
from crosschq.organizations.models import Role
from webhooks.models import InboundEvent, RefusedDeliveries
from webhooks.outcomes import FAMILY_WORDS, OUTCOMES, Family

PAGE_ROWS = 50
REFUSED_HOURS = 5
HIDDEN = [outcome.slug for outcome in OUTCOMES.values() if outcome.hidden]
AGAIN = ("no.", "hold.", "fail.")
LATE = {"hold.old", "no.stood_there"}  # what only a person lets go


def find_connection(vendor: str) -> Connection:
    if not registry.offers(vendor):
        raise Http404(_("There is no such connector."))
    found: Connection = get_object_or_404(Connection, vendor=vendor)
    return found


@member_page(Role.RECRUITER)
def events(request: MemberRequest, vendor: str) -> HttpResponse:
    connection = find_connection(vendor)
    chosen = request.GET.get("outcome", "")
    rows = _filtered(InboundEvent.objects.filter(connection=connection).defer("body"), chosen)
    page = Paginator(rows.order_by("-created_at", "-id"), PAGE_ROWS).get_page(request.GET.get("page"))
    refused = RefusedDeliveries.objects.filter(connection=connection).order_by("-hour")[:REFUSED_HOURS]
    context = {
        "connection": connection,
        "vendor": registry.vendor(vendor),
        "page": page,
        "families": [(family.value, words) for family, words in FAMILY_WORDS.items()],
        "chosen": chosen,
        "refused": refused,
    }
    return render(request, "webhooks/events.html", context)


def _filtered(rows: "QuerySet[InboundEvent]", chosen: str) -> "QuerySet[InboundEvent]":
    if chosen == "all":
        return rows
    if chosen in set(Family):
        return rows.filter(outcome__startswith=f"{chosen}.").exclude(outcome__in=HIDDEN)
    return rows.exclude(outcome__in=HIDDEN)


@member_page(Role.RECRUITER)
def event(request: MemberRequest, vendor: str, uid: UUID) -> HttpResponse:
    found = get_object_or_404(InboundEvent, connection=find_connection(vendor), uid=uid)
    context = {
        "event": found,
        "vendor": registry.vendor(vendor),
        "again_words": _("Send all the same") if found.outcome in LATE else _("Try again"),
        "may_try_again": found.outcome.startswith(AGAIN) and found.state != work.State.WORKING,
        "payload": _readable(bytes(found.body)),
    }
    return render(request, "webhooks/event.html", context)


def _readable(body: bytes) -> str:
    """The message as text. It holds ids alone; what is not JSON is shown by its size, since it may hold anything."""
    try:
        parsed: Any = json.loads(body)
    except (ValueError, RecursionError):
        return _("%(count)d bytes that are not JSON") % {"count": len(body)}
    if not isinstance(parsed, dict):
        return _("JSON, but not an object")
    masked = {key: value if key.endswith("id") and isinstance(value, str) else "…" for key, value in parsed.items()}
    return json.dumps(masked, indent=2, ensure_ascii=True)


@member_page(Role.RECRUITER)
@require_POST
def try_again(request: MemberRequest, vendor: str, uid: UUID) -> HttpResponse:
    """Decide once more, on what SmartRecruiters says now. Never asks anybody twice: start_request sees to that."""
    found = get_object_or_404(InboundEvent, connection=find_connection(vendor), uid=uid)
    if found.outcome in LATE:
        InboundEvent.objects.filter(pk=found.pk).update(confirmed_at=clock.now())
    if found.outcome.startswith(AGAIN) and work.try_again(found, even_if_done=True):
        messages.success(request, _("It is looked at now. Reload this page in a moment."), extra_tags=_("Trying again"))
    else:
        messages.info(request, _("It is being worked on, or has sent its request already."))
    return redirect("events:detail", slug=request.organization.slug, vendor=vendor, uid=uid)
