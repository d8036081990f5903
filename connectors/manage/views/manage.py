"""The list of connectors, and the connection page that Manage opens."""

from typing import Any

from csp.decorators import csp_update
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from connectors import extensions, registry
from connectors.ats import Vendor
from connectors.background_tasks import lifecycle
from connectors.manage import worker
from connectors.manage.lookup import find, found, last_event_at, task_under_way, vendor_or_404
from connectors.models import BackgroundTask, Connection, ConnectionState
from connectors.setup import checklist, problems
from connectors.setup.checklist_items import ChecklistItem
from connectors.setup.status import ConnectionStatus
from crosschq.core.text.ats_name import ats_name
from crosschq.tenancy.access import MemberRequest, member_page
from crosschq.tenancy.models import Role


@member_page(Role.VIEWER)
def connectors(request: MemberRequest) -> HttpResponse:
    made = {connection.vendor: connection for connection in found()}
    rows = [_row(vendor, made.get(vendor.key)) for vendor in registry.vendors()]
    # Connectors with problems come first.
    rows.sort(key=lambda row: row["kind"] != "err")
    return render(request, "connectors/manage/list.html", {"rows": rows, **_rights(request)})


def _rights(request: MemberRequest) -> dict[str, bool]:
    return {"may_manage": request.membership.may(Role.ADMIN), "may_see_log": request.membership.may(Role.RECRUITER)}


def _row(vendor: Vendor, connection: Connection | None) -> dict[str, Any]:
    """Return one connector with the text and kind of its status tag."""
    row: dict[str, Any] = {
        "vendor": vendor,
        "connection": connection,
        "kind": "quiet",
        "words": _("Not connected"),
        "icon": "",
        "last_event_at": None,
    }
    if connection is None or connection.state == ConnectionState.NOT_CONNECTED:
        return row
    status = ConnectionStatus(connection, checklist.build(connection))
    kind, words = status.tag
    return row | {
        "status": status,
        "checklist": status.checklist,
        "last_event_at": last_event_at(connection),
        "kind": kind,
        "words": words,
        "icon": status.icon,
    }


@member_page(Role.VIEWER)
def manage(request: MemberRequest, vendor: str) -> HttpResponseBase:
    """Show the connection. Every member may view it; only admins get buttons."""
    chosen = vendor_or_404(vendor)
    connection = find(vendor)
    context = _row(chosen, connection) | _rights(request)
    status: ConnectionStatus | None = context.get("status")
    if connection and status:
        problem, next_step = status.problem, status.checklist.next_step
        context["problem"] = problem
        context["next_step"] = None if problem and next_step and problem.about == next_step.key else next_step
        context["offers_check"] = status.checklist.context.url("check") in _button_urls(problem, next_step)
        for section in extensions.sections:
            if request.membership.may(section.role):
                context |= section.context(connection)
    else:
        context |= names(request, chosen, connection)
    if context["may_manage"]:
        context |= task_shown(request, chosen, connection, status)
    return with_consent(request, chosen, render(request, "connectors/manage/manage.html", context))


def _button_urls(problem: problems.ConnectionProblem | None, next_step: ChecklistItem | None) -> list[str]:
    """Return the URLs of the buttons at the top of the page."""
    actions = [problem.action, problem.other_action] if problem else []
    actions += [next_step.action] if next_step else []
    return [action.url for action in actions if action]


def names(request: MemberRequest, vendor: Vendor, connection: Connection | None) -> dict[str, str]:
    """Return the names of the hiring step and the job field (defaults before connecting), and the page's URL."""
    named = connection or Connection()
    page = reverse("connectors:manage", args=[request.organization.slug, vendor.key])
    url = request.build_absolute_uri(page)
    return {"step_name": named.step_name, "field_name": named.field_name, "page_url": url}


def with_consent(request: MemberRequest, vendor: Vendor, response: HttpResponse) -> HttpResponseBase:
    """Allow a form that posts to us and redirects to the vendor: Chromium checks form-action for both."""
    allow_vendor = csp_update({"form-action": [vendor.authorize_origin()]})
    answer: HttpResponseBase = allow_vendor(lambda _request: response)(request)
    return answer


def task_shown(
    request: MemberRequest, vendor: Vendor, connection: Connection | None, status: ConnectionStatus | None
) -> dict[str, Any]:
    """Return the task that this page was opened for, or another unfinished one, and its result."""
    asked = lifecycle.find(request.GET.get("task"), *worker.ALL, vendor=vendor.key)
    task = asked or task_under_way(connection, vendor.key)
    is_connecting = task is not None and task.is_under_way and task.kind == worker.CONNECT.name
    ended = _ended(task, status) if task and task.is_done else None
    return {"task": task, "is_connecting": is_connecting, "ended": ended}


def _ended(task: BackgroundTask, status: ConnectionStatus | None) -> tuple[str, str, str] | None:
    """Return the banner's kind, title and text; None if what the task reached isn't true anymore."""
    if task.kind == worker.DISCONNECT.name and status is None:
        if task.parsed_result["unsubscribed"]:
            return "success", _("Disconnected"), _("Settings, templates, and open requests stay.")
        sentence = _("%(ats)s couldn't be notified. Crosschq ignores anything it still sends.") % {
            "ats": ats_name(task.vendor)
        }
        return "warn", _("Disconnected here"), sentence
    if status is None or not status.has_sign_in:
        return None
    if task.kind == worker.CONNECT.name and status.works:
        return "success", _("Connected"), status.connection.company_name
    if task.kind == worker.SET_UP.name and status.works:
        return "success", _("Set up"), _("%(ats)s now notifies Crosschq of moves.") % {"ats": ats_name(task.vendor)}
    if task.kind == worker.CHECK.name:
        done = {"done": status.checklist.done, "total": status.checklist.total}
        return "success", _("Checked"), _("%(done)s of %(total)s steps are done.") % done
    return None
