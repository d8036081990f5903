"""The buttons of the connection page. A worker makes the calls to the ATS: see background_tasks."""

from dataclasses import replace

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from connectors import extensions
from connectors.background_tasks import lifecycle
from connectors.connection import connect as connection_actions
from connectors.connection import settings
from connectors.manage.lookup import find_or_404, vendor_or_404
from connectors.manage.worker import CHECK, DISCONNECT, SET_UP
from connectors.models import Connection, ConnectionState
from connectors.setup import checklist, setup_changes
from connectors.setup.status import ConnectionStatus
from connectors.task_kinds import TaskKind
from crosschq.core.database.counting import count_each_up_to
from crosschq.core.outbox.work_item import QUEUED
from crosschq.core.web.switches import requested_state
from crosschq.tenancy.access import MemberRequest, member_page
from crosschq.tenancy.models import Role


def to_page(request: MemberRequest, vendor: str, *, at: str = "") -> HttpResponse:
    answer = redirect("connectors:manage", slug=request.organization.slug, vendor=vendor)
    answer["Location"] += at
    return answer


def _status(vendor: str) -> ConnectionStatus:
    """The status after a change."""
    connection = find_or_404(vendor)
    return ConnectionStatus(connection, checklist.build(connection))


def requests_can_start(connection: Connection) -> None:
    for act in extensions.when_requests_can_start:
        act(connection)


@member_page(Role.ADMIN)
@require_POST
def connect(request: MemberRequest, vendor: str) -> HttpResponse:
    vendor_or_404(vendor)
    if not request.session.session_key:
        request.session.create()
    try:
        url = connection_actions.begin(
            organization=request.organization,
            user=request.user,
            vendor=vendor,
            session_key=request.session.session_key or "",
        )
    except connection_actions.ConnectRefused as error:
        messages.error(request, str(error))
        return to_page(request, vendor)
    return HttpResponseRedirect(url)


def begin(request: MemberRequest, vendor: str, kind: TaskKind, *, key: str = "", page: str = "manage") -> HttpResponse:
    """Start a background task and redirect to the page that shows its progress."""
    page = reverse(f"connectors:{page}", args=[request.organization.slug, vendor])
    task = lifecycle.begin(
        kind, organization=request.organization, vendor=vendor, asked_by=request.user, page=page, key=key
    )
    return redirect(task.url)


@member_page(Role.ADMIN)
@require_POST
def set_up(request: MemberRequest, vendor: str) -> HttpResponse:
    find_or_404(vendor)
    return begin(request, vendor, SET_UP)


@member_page(Role.ADMIN)
@require_POST
def check(request: MemberRequest, vendor: str) -> HttpResponse:
    connection = find_or_404(vendor)
    if connection.state == ConnectionState.NOT_CONNECTED:
        messages.error(request, _("Connect first, then check the connection."))
        return to_page(request, vendor)
    return begin_check(request, connection, page="checklist" if "checklist" in request.POST else "manage")


def begin_check(request: MemberRequest, connection: Connection, *, page: str = "manage") -> HttpResponse:
    """Start a check. After a rename, an unfinished check with the old names doesn't count as the same task."""
    names = lifecycle.as_json([connection.step_name, connection.field_name])
    return begin(request, connection.vendor, CHECK, key=names, page=page)


@member_page(Role.ADMIN)
@require_POST
def use_step_name(request: MemberRequest, vendor: str) -> HttpResponse:
    """Use the new name that the hiring step has in the ATS."""
    connection = find_or_404(vendor)
    new_name = setup_changes.lost(connection).new_step_name
    if not new_name or request.POST.get("step_name") != new_name:
        messages.info(
            request,
            _("The step has changed again in %(ats)s. Check its current name.") % {"ats": connection.ats_name},
        )
        return to_page(request, vendor)
    new = replace(settings.settings_of(connection), step_name=new_name)
    settings.change_settings(connection=connection, new=new, actor=request.user)
    said = _("The hiring step is “%(step)s” from now on.")
    if connection.state == ConnectionState.CONNECTED and connection.requests_on and connection.paused_at is None:
        said = _("From now on, candidates you move to “%(step)s” get a request.")
    messages.success(request, said % {"step": new_name})
    return begin_check(request, connection)


@member_page(Role.ADMIN)
@require_POST
def accept_steps(request: MemberRequest, vendor: str) -> HttpResponse:
    """Accept that these hiring processes no longer have the step."""
    setup_changes.forget_lost_steps(find_or_404(vendor))
    messages.success(request, _("Those hiring processes don't start requests, and we won't remind you."))
    return to_page(request, vendor)


@member_page(Role.ADMIN)
@require_POST
def switch_requests(request: MemberRequest, vendor: str) -> HttpResponse:
    connection, on = find_or_404(vendor), requested_state(request)
    if connection.state == ConnectionState.NOT_CONNECTED:
        messages.error(request, _("Connect first, then turn on requests."))
    else:
        connection_actions.switch_requests(connection=connection, on=on, actor=request.user)
        if on and not connection.requests_on:
            requests_can_start(connection)
            messages.success(request, _from_now_on(request, vendor), extra_tags=_("On"))
    return to_page(request, vendor, at="#switch-requests")


@member_page(Role.ADMIN)
@require_POST
def switch_attachments(request: MemberRequest, vendor: str) -> HttpResponse:
    connection, on = find_or_404(vendor), requested_state(request)
    if connection.state == ConnectionState.NOT_CONNECTED:
        messages.error(request, _("Connect first, then turn on the attachment of reports."))
    else:
        connection_actions.switch_attachments(connection=connection, on=on, actor=request.user)
    return to_page(request, vendor, at="#switch-attachments")


def _from_now_on(request: MemberRequest, vendor: str) -> SafeString:
    return format_html(
        '{} <a href="{}">{}</a>',
        _status(vendor).from_now_on,
        reverse("events:review", args=[request.organization.slug, vendor]),
        _("Review and send"),
    )


@member_page(Role.ADMIN)
def pause(request: MemberRequest, vendor: str) -> HttpResponse:
    """Explain pausing and pause; while paused, offer to resume."""
    connection = find_or_404(vendor)
    if request.method != "POST":
        return render(
            request, "connectors/manage/pause.html", {"vendor": vendor_or_404(vendor), "connection": connection}
        )
    if connection.state == ConnectionState.NOT_CONNECTED:
        messages.error(request, _("Nothing to pause: the connector isn't connected."))
    else:
        settings.pause(connection=connection, actor=request.user)
    return to_page(request, vendor)


@member_page(Role.ADMIN)
@require_POST
def resume(request: MemberRequest, vendor: str) -> HttpResponse:
    connection = find_or_404(vendor)
    was_paused = connection.paused_at is not None
    settings.resume(connection=connection, actor=request.user)
    if was_paused:
        requests_can_start(connection)
        messages.success(request, _from_now_on(request, vendor), extra_tags=_("Resumed"))
    return to_page(request, vendor)


def _affected(connection: Connection) -> dict[str, int]:
    """Count the requests, moves and notes that disconnecting affects, up to MOST_COUNTED. Call inside `tenant()`."""
    counts = {name: count(connection) for name, count in extensions.affected_by_disconnecting.items()}
    return {**counts, "notes": count_each_up_to(connection.writebacks.all(), QUEUED)}


@member_page(Role.ADMIN)
def disconnect(request: MemberRequest, vendor: str) -> HttpResponse:
    connection: Connection = find_or_404(vendor)
    if request.method != "POST":
        return render(request, "connectors/manage/disconnect.html", {"connection": connection, **_affected(connection)})
    return begin(request, vendor, DISCONNECT)
