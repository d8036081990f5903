"""Bulk actions on the list: a confirmation with numbers, the progress, and the result."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.core.text.email_keys import address_key
from crosschq.messaging.sending import caps
from crosschq.tenancy.access import MemberRequest, member_page
from crosschq.tenancy.models import Role
from crosschq.tenancy.secret_pages import SeeOther
from crosschq.tenancy.work_progress import progress_response
from requests_app.bulk import actions, selection, text
from requests_app.bulk.forms import bulk_form
from requests_app.bulk.progress import not_done, progress_of
from requests_app.bulk.selection import Selection
from requests_app.bulk.verdicts import Verdict, judge
from requests_app.models import Act, BulkAction, ReferenceRequest

LEFT_OUT_SHOWN = 100
PER_PAGE = 50
CSV = "csv"
# What the bulk bar adds to the list's own query.
NOT_FILTERS = ("act", "all", "request", "page")


@member_page(Role.RECRUITER)
def confirm(request: MemberRequest) -> HttpResponse:
    """Show what an action would do to the selection in the query string, and start it. Changes nothing on a GET."""
    act = request.GET.get("act", "")
    if act == CSV:
        return redirect(f"{reverse('requests:download', args=[request.organization.slug])}?{request.GET.urlencode()}")
    requests, count = selection.newest(selected_requests(request)) if act in Act.values else ([], 0)
    if act not in Act.values or (not count and request.method != "POST"):
        messages.warning(request, _("Select requests first, or check the box for all that match."))
        return redirect(list_url(request))
    form = bulk_form(act, count, request.organization, request.POST if request.method == "POST" else None)
    if form.is_bound and (started := actions.started(form.action_key, request.organization)):
        return _to_action(request, started)
    new_owner = form.new_owner
    verdicts = judge(act, requests, clock.now(), new_owner=new_owner, asked_by=request.user)
    if requests and form.is_bound and not form.shown_before and form.is_valid():
        action = actions.start(
            act,
            verdicts,
            key=form.action_key,
            organization=request.organization,
            actor=request.user,
            new_owner=new_owner,
            days=form.days,
        )
        return _to_action(request, action)
    shown_before = form.shown_before
    if shown_before:
        form = bulk_form(act, count, request.organization, None)
    context = _confirmation(request, act, verdicts, count) | {"form": form, "shown_before": shown_before}
    return render(request, "requests_app/bulk/confirm.html", context)


def _to_action(request: MemberRequest, action: BulkAction) -> HttpResponse:
    return SeeOther(reverse("requests:bulk_action", args=[request.organization.slug, action.uid]))


def _confirmation(request: MemberRequest, act: str, verdicts: list[Verdict], count: int) -> dict[str, Any]:
    numbers, is_too_many = text.numbers(verdicts), count > selection.MOST
    left_out = [verdict for verdict in verdicts if verdict.left_out is not None]
    room = caps.room("reminders", organization=request.organization) if act == Act.REMIND else None
    return {
        "act": act,
        "is_danger": act == Act.CANCEL,
        "count": count,
        "heading": text.title(act) if is_too_many else text.heading(act, count),
        "button": text.button(act, numbers.acts),
        "numbers": numbers,
        "left_out": left_out[:LEFT_OUT_SHOWN],
        "more_left_out": max(len(left_out) - LEFT_OUT_SHOWN, 0),
        "over_cap": max(numbers.emails - room, 0) if room is not None else 0,
        "room": room,
        "most": selection.MOST,
        "is_too_many": is_too_many,
        "list_url": list_url(request),
    }


@member_page(Role.RECRUITER)
def show(request: MemberRequest, uid: uuid.UUID) -> HttpResponse:
    """The progress while a worker is busy, and then the result."""
    action = _find(uid)
    progress = progress_of(action)
    context = {"action": action, "progress": progress, "done": text.done(action.act, progress.done)}
    fragment = progress_response(request, action, "requests_app/bulk/progress.html", **context)
    if fragment is not None:
        return fragment
    page = Paginator(not_done(action), PER_PAGE).get_page(request.GET.get("page"))
    context |= {
        "task": action,
        "heading": text.title(action.act),
        "page": page,
        "changed": max(action.expected - progress.done - progress.failed, 0) if action.is_done else 0,
    }
    return render(request, "requests_app/bulk/show.html", context)


@member_page(Role.RECRUITER)
@require_POST
def try_again(request: MemberRequest, uid: uuid.UUID) -> HttpResponse:
    """Try the requests that failed again, or the whole action if it stopped."""
    action = _find(uid)
    if not actions.retry_failed(action) and action.has_failed:
        work_item.try_again(action)
    return _to_action(request, action)


def selected_requests(request: MemberRequest, *, all_by_default: bool = False) -> "QuerySet[ReferenceRequest]":
    """The requests that are checked, or all that match the filters of the list."""
    checked = request.GET.getlist("request")
    if "all" in request.GET or (all_by_default and not checked):
        return selection.matching(selection_of(request))
    return selection.chosen(checked)


def selection_of(request: MemberRequest) -> Selection:
    """What the list's query string selects."""
    return selection.from_query(request.GET.dict(), own=address_key(request.user.email))


def list_url(request: MemberRequest) -> str:
    """The list with the same filters."""
    query = request.GET.copy()
    for name in NOT_FILTERS:
        query.pop(name, None)
    url = reverse("requests:list", args=[request.organization.slug])
    return f"{url}?{query.urlencode()}" if query else url


def _find(uid: uuid.UUID) -> BulkAction:
    found: BulkAction = get_object_or_404(BulkAction.objects.select_related("new_owner", "asked_by"), uid=uid)
    return found
