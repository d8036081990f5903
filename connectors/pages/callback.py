from typing import cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from connectors import ats, checks, connect, registry
from crosschq.organizations.access import signed_in_page
from crosschq.organizations.models import User
from crosschq.organizations.tenancy import tenant
from prospects import export_choices
from webhooks import chores


@signed_in_page
@require_GET
def callback(request: HttpRequest, vendor: str) -> HttpResponse:
    """Where the vendor's consent page sends the browser. Writes on GET by design: the state is used once."""
    if not registry.offers(vendor):
        raise Http404
    user = cast(User, request.user)
    try:
        organization = connect.redeem_state(
            state=request.GET.get("state", ""), user=user, vendor=vendor, session_key=request.session.session_key or ""
        )
    except connect.ConnectRefused as error:
        return render(request, "connectors/refused.html", {"sentence": str(error)}, status=400)
    back = redirect("connectors:manage", slug=organization.slug, vendor=vendor)
    code = request.GET.get("code", "")
    if not code:
        messages.error(request, _("Access was not allowed in SmartRecruiters, so nothing was connected."))
        return back
    try:
        connection = connect.complete(organization=organization, user=user, vendor=vendor, code=code)
    except connect.ConnectRefused as error:
        messages.error(request, str(error))
    except ats.AtsError as error:
        messages.error(request, _("%(why)s Nothing was connected. Try again.") % {"why": error.sentence})
    else:
        chores.plan()
        # So that the checklist is filled when it is first seen; a few jobs are enough for that.
        checks.read(connection, jobs_at_most=10)
        export_choices.read_again(connection)
        with tenant(organization):
            chores.look_now(connection)
        if not connection.problem:
            messages.success(request, connection.company_name, extra_tags=_("Connected"))
    return back
