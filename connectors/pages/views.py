from typing import Any

from csp.decorators import csp_update
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from connectors import connect as acts
from connectors import registry
from connectors.ats import Vendor
from connectors.models import Connection, ConnectionState
from crosschq.organizations.access import MemberRequest, member_page
from crosschq.organizations.models import Role
from crosschq.organizations.tenancy import tenant

STATUS = {
    ConnectionState.NOT_CONNECTED: "quiet",
    ConnectionState.CONNECTED: "ok",
    ConnectionState.NEEDS_SIGN_IN: "err",
}
NEEDS = [
    (_("Access Candidates"), _("to see who was moved to the step, and to write to them")),
    (_("Create Candidates"), _("to export references who ask to hear about jobs")),
    (_("Manage Candidate Status and Properties"), _("to tag those whom we export")),
    (_("Access Jobs"), _("to read the job's Crosschq tag and its hiring team")),
    (_("Access Company Settings"), _("to find the job field by its name")),
    (_("Message Users"), _("to write the report's link into the candidate's notes")),
    (_("Access Messages"), _("to write that note once and not twice")),
    (_("Access Users"), _("to learn whom the report is for")),
    (_("Access information about my user"), _("to show who connected")),
    (_("View, create and delete webhook subscriptions"), _("to hear of moves")),
]


def vendor_or_404(key: str) -> Vendor:
    if not registry.offers(key):
        raise Http404(_("There is no such connector."))
    return registry.vendor(key)


def find(vendor: str) -> Connection | None:
    found: Connection | None = (
        Connection.objects.select_related("organization", "connected_by").filter(vendor=vendor).first()
    )
    return found


def find_or_404(vendor: str) -> Connection:
    vendor_or_404(vendor)
    found = find(vendor)
    if found is None:
        raise Http404(_("This connector was never connected."))
    return found


@member_page(Role.VIEWER)
def connectors(request: MemberRequest) -> HttpResponse:
    made = {connection.vendor: connection for connection in Connection.objects.all()}
    rows = [_row(vendor, made.get(vendor.key)) for vendor in registry.vendors()]
    return render(request, "connectors/list.html", {"rows": rows})


def _row(vendor: Vendor, connection: Connection | None) -> dict[str, Any]:
    state = ConnectionState(connection.state) if connection else ConnectionState.NOT_CONNECTED
    return {"vendor": vendor, "connection": connection, "kind": STATUS[state], "words": state.label}


@member_page(Role.ADMIN)
def manage(request: MemberRequest, vendor: str) -> HttpResponseBase:
    known = vendor_or_404(vendor)
    context = _row(known, find(vendor)) | {"needs": NEEDS}
    response = render(request, "connectors/manage.html", context)
    # The button posts here and is sent on to the vendor: Chromium asks form-action for both.
    allow_vendor = csp_update({"form-action": [known.authorize_origin()]})
    return allow_vendor(lambda _request: response)(request)


@member_page(Role.ADMIN)
@require_POST
def connect(request: MemberRequest, vendor: str) -> HttpResponse:
    vendor_or_404(vendor)
    if not request.session.session_key:
        request.session.create()
    url = acts.begin(
        organization=request.organization,
        user=request.user,
        vendor=vendor,
        session_key=request.session.session_key or "",
    )
    return HttpResponseRedirect(url)


@member_page(Role.ADMIN, opens_tenant=False)
@require_POST
def set_up(request: MemberRequest, vendor: str) -> HttpResponse:
    with tenant(request.organization):
        connection = find_or_404(vendor)
    acts.set_up(connection)
    if connection.problem:
        messages.error(request, connection.problem)
    else:
        messages.success(request, _("SmartRecruiters tells us of moves now."), extra_tags=_("Set up"))
    return redirect("connectors:manage", slug=request.organization.slug, vendor=vendor)


@member_page(Role.ADMIN)
@require_POST
def switch_requests(request: MemberRequest, vendor: str) -> HttpResponse:
    connection = find_or_404(vendor)
    if connection.state == ConnectionState.NOT_CONNECTED:
        messages.error(request, _("Connect first; then requests can be made."))
    else:
        acts.switch_requests(connection=connection, on=request.POST.get("on") == "1", actor=request.user)
    manage_page = redirect("connectors:manage", slug=request.organization.slug, vendor=vendor)
    manage_page["Location"] += "#switch-requests"
    return manage_page


@member_page(Role.ADMIN, opens_tenant=False)
def disconnect(request: MemberRequest, vendor: str) -> HttpResponse:
    with tenant(request.organization):
        connection = find_or_404(vendor)
    if request.method != "POST":
        return render(request, "connectors/disconnect.html", {"connection": connection})
    if acts.disconnect(connection=connection, actor=request.user):
        messages.success(request, _("Settings, templates and open requests stay."), extra_tags=_("Disconnected"))
    else:
        messages.warning(
            request,
            _("Disconnected here. SmartRecruiters could not be told; what it still sends is turned away."),
        )
    return redirect("connectors:manage", slug=request.organization.slug, vendor=vendor)
