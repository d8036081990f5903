"""An organization's settings about reports. Each change first says what it causes."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from crosschq.accounts.sign_in.reauthentication import ask_first
from crosschq.core.web.switches import requested_state
from crosschq.tenancy.access import MemberRequest, member_page
from crosschq.tenancy.models import Role
from requests_app.report.settings import networks, private


@member_page(Role.ADMIN)
def settings(request: MemberRequest) -> HttpResponse:
    return render(request, "requests_app/report/settings/settings.html", {})


@member_page(Role.ADMIN)
@never_cache
def private_reports(request: MemberRequest) -> HttpResponse:
    """Say what turning private reports on or off changes, and do it."""
    organization = request.organization
    if request.method == "POST":
        on = requested_state(request)
        if not on and organization.reports_private:
            words = _("Let all members of %(organization)s open the private reports")
            if confirmation := ask_first(request, words % {"organization": organization}, back=request.path):
                return confirmation
        if private.turn(organization, on=on, actor=request.user):
            said = _("Only owners and named readers can open them.") if on else _("All members can open them.")
            messages.success(request, said, extra_tags=_("Reports are private") if on else _("Reports aren't private"))
        return redirect("reports:settings", slug=organization.slug)
    return render(request, "requests_app/report/settings/private.html", {"affected": private.affected(organization)})


@member_page(Role.ADMIN)
@never_cache
def compare_networks(request: MemberRequest) -> HttpResponse:
    """Say what comparing networks means, or what ending it deletes, and do it."""
    organization = request.organization
    if request.method == "POST":
        on = requested_state(request)
        if networks.turn(organization, on=on, actor=request.user):
            said = _("This applies to requests that start from now on.") if on else _("We deleted every code.")
            messages.success(
                request, said, extra_tags=_("Networks are compared") if on else _("Networks aren't compared anymore")
            )
        return redirect("reports:settings", slug=organization.slug)
    context = {"is_on": organization.networks_compared_since is not None, "count": networks.open_requests(organization)}
    return render(request, "requests_app/report/settings/networks.html", context)
