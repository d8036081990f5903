"""The pages behind the connection page: setup checklist, settings, and permissions."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from connectors.ats import Vendor
from connectors.connection import settings as change
from connectors.manage.forms import DefaultTemplateForm, SettingsForm
from connectors.manage.lookup import find, find_or_404, last_event_at, vendor_or_404
from connectors.manage.views.actions import begin_check, requests_can_start
from connectors.manage.views.manage import task_shown, with_consent
from connectors.models import Connection, ConnectionState
from connectors.setup import checklist
from connectors.setup.permissions import permission_states
from connectors.setup.status import ConnectionStatus
from crosschq.accounts.sign_in.reauthentication import ask_first
from crosschq.tenancy.access import MemberRequest, member_page
from crosschq.tenancy.models import Role
from templates_app.request_templates.queries import live_versions


@member_page(Role.ADMIN)
def setup_checklist(request: MemberRequest, vendor: str) -> HttpResponseBase:
    connection = find_or_404(vendor)
    if connection.state == ConnectionState.NOT_CONNECTED:
        return redirect("connectors:manage", slug=request.organization.slug, vendor=vendor)
    chosen, status = vendor_or_404(vendor), ConnectionStatus(connection, checklist.build(connection))
    context = {"vendor": chosen, "connection": connection, "checklist": status.checklist}
    context |= task_shown(request, chosen, connection, status)
    return with_consent(request, chosen, render(request, "connectors/manage/checklist.html", context))


@member_page(Role.ADMIN)
def settings(request: MemberRequest, vendor: str) -> HttpResponseBase:
    connection = find_or_404(vendor)
    if request.method != "POST":
        return _settings_page(request, connection, SettingsForm(initial=change.settings_of(connection).__dict__))
    form = SettingsForm(request.POST)
    if not form.is_valid():
        return _settings_page(request, connection, form)
    email = form.cleaned_data["fallback_owner_email"]
    if email != connection.fallback_owner_email:
        sentence = _("Send requests and reports without an owner to %(email)s") % {"email": email}
        if asked := ask_first(request, sentence, back=request.path):
            return asked
    renamed = change.change_settings(connection=connection, new=form.settings(), actor=request.user)
    messages.success(request, _("The settings apply to candidates you move from now on."))
    if renamed and connection.state == ConnectionState.CONNECTED:
        requests_can_start(connection)
        return begin_check(request, connection)
    return redirect("connectors:settings", slug=request.organization.slug, vendor=vendor)


def _settings_page(request: MemberRequest, connection: Connection, form: SettingsForm) -> HttpResponse:
    current = change.default_template(connection)
    context = {
        "vendor": vendor_or_404(connection.vendor),
        "connection": connection,
        "form": form,
        "empty_tag": DefaultTemplateForm(live=live_versions(request.organization), current=current),
    }
    return render(request, "connectors/manage/settings.html", context)


@member_page(Role.ADMIN)
@require_POST
def save_default_template(request: MemberRequest, vendor: str) -> HttpResponse:
    connection = find_or_404(vendor)
    current = change.default_template(connection)
    form = DefaultTemplateForm(request.POST, live=live_versions(request.organization), current=current)
    if not form.is_valid():
        messages.error(request, _("That template no longer exists. Choose another."))
    else:
        old = change.DefaultTemplate(uid=connection.default_template, name=current.name if current else "")
        if change.choose_default_template(connection=connection, old=old, new=form.chosen(), actor=request.user):
            messages.success(request, _("This applies to candidates you move from now on."))
    answer = redirect("connectors:settings", slug=request.organization.slug, vendor=vendor)
    answer["Location"] += "#empty-tag"
    return answer


@member_page(Role.VIEWER)
def access(request: MemberRequest, vendor: str) -> HttpResponse:
    """Show who connected and the state of each permission; before connecting, the permissions we will ask for."""
    chosen, connection = vendor_or_404(vendor), find(vendor)
    context: dict[str, Any] = {"vendor": chosen}
    context["permissions"] = [(permission, "") for permission in chosen.permissions]
    if connection and connection.state != ConnectionState.NOT_CONNECTED:
        status = ConnectionStatus(connection, checklist.build(connection))
        context |= {"connection": connection, "last_event_at": last_event_at(connection), "status": status}
        context |= {"checklist": status.checklist, "check_result": _check_result(chosen, status)}
        context["permissions"] = permission_states(chosen.permissions, connection, status.checklist.context.snapshot)
    return render(request, "connectors/manage/access.html", context)


def _check_result(vendor: Vendor, status: ConnectionStatus) -> str:
    """Such as: Sign-in works; 7 of 7 tested permissions work"""
    snapshot = status.checklist.context.snapshot
    if not status.has_sign_in:
        return " ".join(status.checklist.item("sign_in").evidence)
    if snapshot is None:
        return _("None yet")
    if not snapshot.works:
        return snapshot.unanswered["me"]
    states = permission_states(vendor.permissions, status.connection, snapshot)
    tried = [state for _permission, state in states if state]
    return _("Sign-in works; %(ok)s of %(tried)s tested permissions work") % {
        "ok": tried.count("ok"),
        "tried": len(tried),
    }
