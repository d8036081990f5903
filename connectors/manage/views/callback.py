from typing import cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from connectors import registry
from connectors.background_tasks import lifecycle
from connectors.connection import connect
from connectors.manage.worker import CONNECT
from crosschq.core.text.ats_name import ats_name
from crosschq.tenancy.access import signed_in_page
from crosschq.tenancy.models import User
from crosschq.tenancy.scope import tenant


@signed_in_page
@require_GET
def callback(request: HttpRequest, vendor: str) -> HttpResponse:
    """The vendor's consent page redirects here. It writes on GET by design: the state works only once.

    A worker exchanges the code and sets up the connection; the connection page shows its progress.
    """
    if not registry.offers(vendor):
        raise Http404
    user = cast(User, request.user)
    try:
        organization = connect.redeem_state(
            state=request.GET.get("state", ""), user=user, vendor=vendor, session_key=request.session.session_key or ""
        )
    except connect.ConnectRefused as error:
        return render(request, "connectors/manage/refused.html", {"sentence": str(error)}, status=400)
    code = request.GET.get("code", "")
    if not code:
        messages.error(
            request, _("Access wasn't allowed in %(ats)s, so nothing has changed.") % {"ats": ats_name(vendor)}
        )
        return redirect("connectors:manage", slug=organization.slug, vendor=vendor)
    page = reverse("connectors:manage", args=[organization.slug, vendor])
    with tenant(organization):
        task = lifecycle.begin(
            CONNECT, organization=organization, vendor=vendor, asked_by=user, page=page, arguments={"code": code}
        )
    return redirect(task.url)
