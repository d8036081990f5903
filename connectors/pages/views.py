from typing import Any

from csp.decorators import csp_update
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from connectors import background, connection_tasks, registry, setup_changes
from connectors.ats import Vendor
from connectors.change import settings_of
from connectors.models import BackgroundTask, Connection, ConnectionState
from crosschq.organizations.access import MemberRequest, member_page
from crosschq.organizations.models import Role
from prospects import export_progress
from webhooks import listing, review

from . import checklist, permissions, problems
from .forms import DefaultTemplateForm, SettingsForm
from .lookup import find, found, last_event_at, task_under_way, vendor_or_404

LATEST = 5


@member_page(Role.VIEWER)
def connectors(request: MemberRequest) -> HttpResponse:
    made = {connection.vendor: connection for connection in found()}
    rows = [_row(vendor, made.get(vendor.key)) for vendor in registry.vendors()]
    # What has a problem goes first.
    rows.sort(key=lambda row: row["kind"] != "err")
    may = {"may_manage": request.membership.may(Role.ADMIN), "may_see_log": request.membership.may(Role.RECRUITER)}
    return render(request, "connectors/list.html", {"rows": rows, **may})


def _row(vendor: Vendor, connection: Connection | None) -> dict[str, Any]:
    """One connector with its status in words and the kind of status tag that shows it."""
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
    listed = checklist.build(connection)
    row |= {"checklist": listed, "last_event_at": last_event_at(connection)}
    row["kind"], row["words"] = _status(connection, listed)
    row["icon"] = "pause" if connection.paused_at and row["kind"] == "warn" else ""
    return row


def _status(connection: Connection, listed: checklist.Checklist) -> tuple[str, str]:
    if connection.state == ConnectionState.NEEDS_SIGN_IN:
        return "err", _("Needs sign-in")
    if connection.paused_at:
        return "warn", _("Paused")
    if setup_changes.lost(connection):
        return "warn", _("Needs attention")
    # The first request ends the set-up: what is missing from then on may be missing on purpose.
    if listed.known.first_request is None and listed.done < listed.total:
        return "info", _("Setup %(done)s of %(total)s") % {"done": listed.done, "total": listed.total}
    return "ok", _("Connected")


def _latest(connection: Connection) -> dict[str, Any]:
    """What came in last, and who waits for somebody's decision."""
    about_the_step = listing.find(connection, listing.Filters())
    return {
        "latest": list(about_the_step.order_by("-created_at", "-pk")[:LATEST]),
        "to_review": review.waiting(connection).count(),
    }


def _setting(connection: Connection | None, name: str) -> str:
    """What was set, or will be at first."""
    text: str = getattr(connection or Connection(), name)
    return text


def _check_result(listed: checklist.Checklist) -> str:
    """For example: Sign-in works; 7 of 7 permissions tried work"""
    seen = listed.known.seen
    if seen is None:
        return _("None yet")
    if not seen.works:
        return seen.unread["me"]
    tried = [state for _permission, state in permissions.rows(seen) if state]
    return _("Sign-in works; %(ok)s of %(tried)s permissions tried work") % {
        "ok": tried.count("ok"),
        "tried": len(tried),
    }


def _task(
    request: MemberRequest, vendor: Vendor, connection: Connection | None, listed: checklist.Checklist | None
) -> dict[str, Any]:
    """The task that this page was opened for, or one that somebody else waits for; and what came of it."""
    asked = background.find(request.GET.get("task"), *connection_tasks.ALL, vendor=vendor.key)
    task = asked or task_under_way(connection, vendor.key)
    is_connecting = task is not None and task.is_under_way and task.kind == connection_tasks.CONNECT.name
    ended = _ended(task, connection, listed) if task and task.is_done else None
    return {"task": task, "is_connecting": is_connecting, "ended": ended}


def _ended(
    task: BackgroundTask, connection: Connection | None, listed: checklist.Checklist | None
) -> tuple[str, str, str] | None:
    """The kind of banner, its title and its sentence."""
    if task.kind == connection_tasks.DISCONNECT.name and listed is None:
        if task.answer["told"]:
            return "success", _("Disconnected"), _("Settings, templates and open requests stay.")
        sentence = _("SmartRecruiters could not be told. What it still sends is turned away.")
        return "warn", _("Disconnected here"), sentence
    if listed is None or connection is None:
        return None
    if task.kind == connection_tasks.CONNECT.name and not task.answer["problem"]:
        return "success", _("Connected"), connection.company_name
    if task.kind == connection_tasks.SET_UP.name:
        return "success", _("Set up"), _("SmartRecruiters tells us of moves now.")
    if task.kind == connection_tasks.CHECK.name:
        sentence = _("%(done)s of %(total)s steps are done.") % {"done": listed.done, "total": listed.total}
        return "success", _("Checked"), sentence
    return None


@member_page(Role.ADMIN)
def manage(request: MemberRequest, vendor: str) -> HttpResponseBase:
    return manage_page(request, vendor_or_404(vendor))


def manage_page(request: MemberRequest, vendor: Vendor, *, form: SettingsForm | None = None) -> HttpResponseBase:
    """The connection page; with a form that was not valid, it says what to correct. Call inside `tenant()`."""
    connection = find(vendor.key)
    context = _row(vendor, connection)
    listed: checklist.Checklist | None = context.get("checklist")
    context |= {
        "permissions": permissions.rows(listed.known.seen if listed else None),
        "step_name": _setting(connection, "step_name"),
        "field_name": _setting(connection, "field_name"),
        "has_errors": form is not None,
        "form": form or (SettingsForm(initial=settings_of(connection).__dict__) if connection else None),
        "page_url": request.build_absolute_uri(
            reverse("connectors:manage", args=[request.organization.slug, vendor.key])
        ),
    }
    if connection and listed:
        context["problem"] = problems.most_urgent(connection, listed)
        context["export"] = export_progress.summary(connection)
        context["is_refused"] = any(state == "missing" for _permission, state in context["permissions"])
        context["check_result"] = _check_result(listed)
        context["empty_tag"] = DefaultTemplateForm(live=listed.known.versions, current=listed.known.default)
        context |= _latest(connection)
        context["tags"] = [version.template.ats_tag for version in listed.known.versions if version.template.tag_key]
    context |= _task(request, vendor, connection, listed)
    response = render(request, "connectors/manage.html", context)
    # The button posts here and is sent on to the vendor: Chromium asks form-action for both.
    allow_vendor = csp_update({"form-action": [vendor.authorize_origin()]})
    return allow_vendor(lambda _request: response)(request)
