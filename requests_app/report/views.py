"""The link in the note. Members go straight to the report; others prove that an address of theirs may read it."""

import uuid
from contextlib import suppress

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from crosschq.core.security import throttle
from crosschq.core.text.time_zones import find_time_zone
from crosschq.messaging.sending.cap_refusals import rollback_if_refused
from crosschq.messaging.sending.caps import CAPS, CapReached
from crosschq.tenancy.access import public_page
from crosschq.tenancy.models import Membership
from crosschq.tenancy.scope import cross_tenant, tenant
from crosschq.tenancy.secret_pages import SeeOther
from requests_app.models import ReferenceRequest
from requests_app.public.forms import ReportCodeForm, RequestCodeForm
from requests_app.report import access, deleted_reports, readership
from requests_app.report.build import build

COOKIE = "report_pass"
# Per network, for all reports: more than an office behind one address needs, fewer than a guesser would.
MAX_CODES_PER_HOUR = 30
PASS_SECONDS = access.PASS_DAYS * 24 * 3600


@public_page
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    response = _answer(request, uid)
    response["X-Robots-Tag"] = "noindex"
    return response


def _answer(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    reference_request = _find(uid)
    if reference_request is None:
        return _deleted(request, uid)
    request.is_test = reference_request.is_test  # type: ignore[attr-defined]  # what the base of each page reads
    if _is_member(request, reference_request):
        return redirect("requests:report", slug=reference_request.organization.slug, uid=uid)
    within_limit = _within_limit(request)
    with (
        timezone.override(find_time_zone(reference_request.organization.time_zone)),
        tenant(reference_request.organization),
    ):
        reader = access.reader_of_pass(reference_request, request.COOKIES.get(COOKIE, ""))
        if reader is None:
            return _code_steps(request, reference_request, within_limit=within_limit)
        context = {
            "reference_request": reference_request,
            "organization": reference_request.organization,
            "reader": reader,
        }
        if not reference_request.has_report:
            return render(request, "requests_app/report/not_ready.html", context)
        if request.method == "GET":
            readership.record_reader(reference_request, reader)
        shown = {**context, "report": build(reference_request), "by": request.GET.get("by", "")}
        return render(request, "requests_app/report/reader.html", shown)


def _code_steps(request: HttpRequest, reference_request: ReferenceRequest, *, within_limit: bool) -> HttpResponse:
    """Two steps: enter an address, then the code. Neither reveals whether the address is known."""
    if request.method == "POST" and "code" in request.POST:
        return _redeem(request, reference_request)
    form = RequestCodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if not within_limit:
            return _too_many_codes(request, reference_request, form)
        # No page reveals whether we had anything to send.
        with suppress(CapReached), rollback_if_refused(reference_request.organization, None):
            access.ask_for_code(reference_request, form.cleaned_data["email"])
        return _code_page(request, reference_request, ReportCodeForm(initial={"email": form.cleaned_data["email"]}))
    return render(request, "requests_app/report/ask.html", {"reference_request": reference_request, "form": form})


def _within_limit(request: HttpRequest) -> bool:
    """Limit code requests by network address, before any transaction opens."""
    if request.method != "POST" or "code" in request.POST:
        return True
    address = throttle.network(get_adapter().get_client_ip(request))
    return throttle.allowed("report_code", address, most=MAX_CODES_PER_HOUR, seconds=3600)


def _too_many_codes(request: HttpRequest, reference_request: ReferenceRequest, form: RequestCodeForm) -> HttpResponse:
    words = _("Your network requested too many codes. Wait an hour, or ask %(owner)s for the report.")
    form.add_error(None, words % {"owner": reference_request.owner_name})
    return render(
        request, "requests_app/report/ask.html", {"reference_request": reference_request, "form": form}, status=429
    )


def _redeem(request: HttpRequest, reference_request: ReferenceRequest) -> HttpResponse:
    form = ReportCodeForm(request.POST)
    if form.is_valid():
        token = access.redeem(reference_request, form.cleaned_data["email"], form.cleaned_data["code"])
        if token is not None:
            return _grant_pass(request, token)
        form.add_error("code", _("This code doesn't open the report. Use the newest one or request another."))
    return _code_page(request, reference_request, form)


def _grant_pass(request: HttpRequest, token: str) -> HttpResponse:
    response = SeeOther(request.path)
    response.set_cookie(
        COOKIE,
        token,
        max_age=PASS_SECONDS,
        path=request.path,
        secure=settings.COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


def _code_page(request: HttpRequest, reference_request: ReferenceRequest, form: ReportCodeForm) -> HttpResponse:
    again = RequestCodeForm(initial={"email": form["email"].value()}, auto_id="again_%s")
    context = {
        "reference_request": reference_request,
        "form": form,
        "again": again,
        "most": CAPS["report_codes"].to_address,
    }
    return render(request, "requests_app/report/code.html", context)


def _deleted(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Say when the report was deleted, and nothing else about it."""
    deleted_at = deleted_reports.deleted_at(uid)
    if deleted_at is None:
        raise Http404(_("This report doesn't exist."))
    return render(request, "requests_app/report/deleted.html", {"deleted_at": deleted_at}, status=410)


def _find(uid: uuid.UUID) -> ReferenceRequest | None:
    with cross_tenant("a report's link doesn't say which organization it belongs to"):
        rows = ReferenceRequest.objects.select_related("organization", "version__survey_version", "version__template")
        found: ReferenceRequest | None = rows.filter(uid=uid).first()
    return found


def _is_member(request: HttpRequest, reference_request: ReferenceRequest) -> bool:
    user = request.user
    return bool(
        user.is_authenticated
        and Membership.objects.filter(user=user.pk, organization=reference_request.organization).exists()
    )
