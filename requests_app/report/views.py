"""The link in the note: members go to the report; everybody else shows that an address of theirs may read it."""

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
from requests_app.public.forms import AskForm, CodeForm
from requests_app.report import access
from requests_app.report.build import build

COOKIE = "report_pass"
# From one network address, for all reports: an office behind one address asks for fewer, a guesser for more.
MOST_CODES_AN_HOUR = 30
PASS_SECONDS = access.PASS_DAYS * 24 * 3600


@public_page
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    response = _answer(request, uid)
    response["X-Robots-Tag"] = "noindex"
    return response


def _answer(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    asked = _request(uid)
    request.is_test = asked.is_test  # type: ignore[attr-defined]  # what the base of each page reads
    if _is_member(request, asked):
        return redirect("requests:report", slug=asked.organization.slug, uid=uid)
    may_ask = _may_ask(request)
    with timezone.override(find_time_zone(asked.organization.time_zone)), tenant(asked.organization):
        reader = access.reader_of_pass(asked, request.COOKIES.get(COOKIE, ""))
        if reader is None:
            return _door(request, asked, may_ask=may_ask)
        context = {"reference_request": asked, "organization": asked.organization, "reader": reader}
        if not asked.has_report:
            return render(request, "requests_app/report/not_ready.html", context)
        if request.method == "GET":
            access.log_view(asked, reader)
        return render(request, "requests_app/report/reader.html", {**context, "report": build(asked)})


def _door(request: HttpRequest, asked: ReferenceRequest, *, may_ask: bool) -> HttpResponse:
    """Two steps on one address: whose are you, then the code. Neither tells whether the first was known."""
    if request.method == "POST" and "code" in request.POST:
        return _redeem(request, asked)
    form = AskForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if not may_ask:
            return _too_often(request, asked, form)
        # No page tells whether there was anything to send.
        with suppress(CapReached), rollback_if_refused(asked.organization, None):
            access.ask_for_code(asked, form.cleaned_data["email"])
        return _code_page(request, asked, CodeForm(initial={"email": form.cleaned_data["email"]}))
    return render(request, "requests_app/report/ask.html", {"reference_request": asked, "form": form})


def _may_ask(request: HttpRequest) -> bool:
    """Counts whoever asks for a code, by network address: asked of the cache, so before any transaction opens."""
    if request.method != "POST" or "code" in request.POST:
        return True
    address = throttle.network(get_adapter().get_client_ip(request))
    return throttle.allowed("report_code", address, most=MOST_CODES_AN_HOUR, seconds=3600)


def _too_often(request: HttpRequest, asked: ReferenceRequest, form: AskForm) -> HttpResponse:
    words = _("Too many codes were asked for from your network. Wait an hour, or ask %(owner)s for the report.")
    form.add_error(None, words % {"owner": asked.owner_name})
    return render(request, "requests_app/report/ask.html", {"reference_request": asked, "form": form}, status=429)


def _redeem(request: HttpRequest, asked: ReferenceRequest) -> HttpResponse:
    form = CodeForm(request.POST)
    if form.is_valid():
        token = access.redeem(asked, form.cleaned_data["email"], form.cleaned_data["code"])
        if token is not None:
            return _let_in(request, token)
        form.add_error("code", _("This code does not open the report. Use the newest one, or ask for another."))
    return _code_page(request, asked, form)


def _let_in(request: HttpRequest, token: str) -> HttpResponse:
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


def _code_page(request: HttpRequest, asked: ReferenceRequest, form: CodeForm) -> HttpResponse:
    again = AskForm(initial={"email": form["email"].value()}, auto_id="again_%s")
    context = {"reference_request": asked, "form": form, "again": again, "most": CAPS["report_codes"].to_address}
    return render(request, "requests_app/report/code.html", context)


def _request(uid: uuid.UUID) -> ReferenceRequest:
    with cross_tenant("the link to a report names no organization"):
        rows = ReferenceRequest.objects.select_related("organization", "version__survey_version", "version__template")
        found: ReferenceRequest | None = rows.filter(uid=uid).first()
    if found is None:
        raise Http404(_("There is no such report."))
    return found


def _is_member(request: HttpRequest, asked: ReferenceRequest) -> bool:
    user = request.user
    return bool(
        user.is_authenticated and Membership.objects.filter(user=user.pk, organization=asked.organization).exists()
    )
