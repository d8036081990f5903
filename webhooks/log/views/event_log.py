import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from connectors import registry
from crosschq.core import clock
from crosschq.core.database.folded import SortKey
from crosschq.core.outbox.work_item import WorkState
from crosschq.core.text.time_zones import find_time_zone
from crosschq.tenancy.access import MemberRequest, member_page
from crosschq.tenancy.models import Role
from crosschq.tenancy.owner_access import member_or_owner_page
from crosschq.tenancy.retention import RetentionKind, period_of
from requests_app.notifications import bounces
from templates_app.models import RequestTemplate
from webhooks.decision.outcomes import OUTCOMES
from webhooks.log import actions, queries, review
from webhooks.log.access import owner_of_event
from webhooks.log.filters import LogFilters
from webhooks.log.lookup import find_connection, find_event
from webhooks.log.views.actions import FOR_ADMINS, FOR_MEMBERS, offered
from webhooks.models import InboundEvent, RefusedDeliveries

REFUSED_HOURS = 5
# How often the page of an event in progress polls: less and less often, and finally not at all.
FIRST_POLL_SECONDS, MAX_POLL_SECONDS, MAX_POLLS = 1, 10, 60


@member_page(Role.RECRUITER)
def events(request: MemberRequest, vendor: str) -> HttpResponse:
    connection = find_connection(vendor)
    in_utc = request.GET.get("times") == "utc"
    with timezone.override(UTC if in_utc else find_time_zone(request.organization.time_zone)):
        form = LogFilters(request.GET)
        filters = form.filters()
        page = queries.page(
            queries.find(connection, filters),
            before=request.GET.get("before", ""),
            after=request.GET.get("after", ""),
        )
        to_review, in_burst = review.counted(connection, review.MOST_COUNTED_ELSEWHERE)
        context = {
            "connection": connection,
            "vendor": registry.vendor(vendor),
            "form": form,
            "page": page,
            "most_searched": queries.MOST_SEARCHED if filters.text else 0,
            "filtered": filters != queries.EventFilters(),
            "refused": RefusedDeliveries.objects.filter(connection=connection).order_by("-hour")[:REFUSED_HOURS],
            "kept": period_of(request.organization, RetentionKind.EVENTS),
            "to_review": to_review,
            "in_burst": in_burst,
            "most_counted": review.MOST_COUNTED_ELSEWHERE,
            "may_manage": request.membership.may(Role.ADMIN),
            "in_utc": in_utc,
            "links": {
                "newer": _query(request, after=page.newer) if page.newer else "",
                "older": _query(request, before=page.older) if page.older else "",
                "utc": _query(request, times="utc"),
                "own": _query(request, times=""),
                "clear": _query(request, keep=("times",)),
            },
        }
        return render(request, "webhooks/log/events.html", context)


def _query(request: MemberRequest, *, keep: tuple[str, ...] = (), **changes: str) -> str:
    """Return the query string with some parameters changed.

    Only a change of time zone keeps the position in the list.
    """
    asked = request.GET.copy()
    for name in list(asked):
        moves = name in ("before", "after") and "times" not in changes
        if moves or (keep and name not in keep):
            del asked[name]
    for name, value in changes.items():
        asked[name] = value
        if not value:
            del asked[name]
    return f"?{asked.urlencode()}"


@member_or_owner_page(Role.RECRUITER, owner_of=owner_of_event)
def event(request: MemberRequest, vendor: str, uid: UUID) -> HttpResponse:
    found = find_event(vendor, uid)
    if request.headers.get("HX-Request"):
        return _poll(request, found)
    in_utc = request.GET.get("times") == "utc"
    available = offered(found, request)
    outcome = found.outcome_details
    context = {
        "event": found,
        "vendor": registry.vendor(vendor),
        "actions": available,
        "missing": actions.missing_template(found) if "restore" in available else None,
        "asks": _asks(set(outcome.actions) - available, request) if outcome else [],
        "attempts": [_attempt(line) for line in reversed(found.attempt_log)],
        "bounced_address": bounces.bounced_address(found.reference_request_uid)
        if "open_request" in available and found.reference_request_uid
        else "",
        "waits": found.state == WorkState.PENDING and found.outcome and found.available_at > clock.now(),
        "payload": _readable(bytes(found.body)),
        "tags": _tags() if outcome and outcome.how else [],
        "in_utc": in_utc,
        **_pace(request),
    }
    with timezone.override(UTC if in_utc else find_time_zone(request.organization.time_zone)):
        return render(request, "webhooks/log/event.html", context)


def _asks(missing: set[str], request: MemberRequest) -> list[str]:
    """What someone else has to do about the event: see ACTS of crosschq.accounts.ask."""
    named = {"connection": "change_connection", "review_burst": "review_held"}
    beyond = (set() if request.membership.may(Role.ADMIN) else FOR_ADMINS) | (
        FOR_MEMBERS if request.email_owner else set()
    )
    return sorted(named.get(action, action) for action in missing & beyond)


def _poll(request: MemberRequest, found: InboundEvent) -> HttpResponse:
    """Return the progress banner while the event is in progress; after that, make the page reload."""
    context = {"event": found, "vendor": registry.vendor(found.connection.vendor), **_pace(request)}
    response = render(request, "webhooks/log/in_progress.html", context)
    if not found.is_in_progress:
        response["HX-Refresh"] = "true"
    return response


def _pace(request: MemberRequest) -> dict[str, Any]:
    asked = request.GET.get("asked", "")
    times = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 5 else 0
    seconds = min(FIRST_POLL_SECONDS + times, MAX_POLL_SECONDS) if times < MAX_POLLS else 0
    return {"next": times + 1, "seconds": seconds, "here": request.path}


def _tags() -> list[str]:
    live = RequestTemplate.objects.filter(deleted_at__isnull=True).exclude(ats_tag="")
    return list(live.order_by(SortKey("name"), "pk").values_list("ats_tag", flat=True))


def _attempt(line: dict[str, str]) -> dict[str, Any]:
    return {
        "at": datetime.fromisoformat(line["at"]),
        "outcome": OUTCOMES[line["outcome"]],
        "sentence": line["sentence"],
    }


def _readable(body: bytes) -> str:
    """Return the message as text, masking values that aren't ids. For anything but JSON, return only its size."""
    try:
        parsed: Any = json.loads(body)
    except (ValueError, RecursionError):
        return _("%(count)d bytes that aren't JSON") % {"count": len(body)}
    if not isinstance(parsed, dict):
        return _("JSON that isn't an object")
    masked = {key: value if key.endswith("id") and isinstance(value, str) else "…" for key, value in parsed.items()}
    return json.dumps(masked, indent=2, ensure_ascii=True)
