"""The two steps of every page that a code opens: enter an address, then the code."""

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from allauth.account.adapter import get_adapter
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from crosschq.accounts.email_code.codes import CodePage, ask_for_code, redeem
from crosschq.accounts.email_code.forms import CodeForm, RequestCodeForm
from crosschq.core.security import throttle
from crosschq.messaging.sending.cap_refusals import rollback_if_refused
from crosschq.messaging.sending.caps import CAPS, CapReached
from crosschq.tenancy import passes
from crosschq.tenancy.scope import tenant
from crosschq.tenancy.secret_pages import SeeOther

# Per network, for all pages: more than an office behind one address needs, fewer than a guesser would.
MAX_CODES_PER_HOUR = 30


@dataclass(frozen=True)
class Steps:
    """page: None if it doesn't exist, which looks the same. opened: the URL that the code opens."""

    page: CodePage | None
    opened: str
    templates: tuple[str, str] = ("accounts/email_code/ask.html", "accounts/email_code/code.html")
    too_many: str = ""
    context: dict[str, Any] = field(default_factory=dict)


def answer(request: HttpRequest, steps: Steps) -> HttpResponse:
    """Answer one of the two forms. Neither reveals whether the address is known. Call outside `tenant()`."""
    if request.method == "POST" and "code" in request.POST:
        return _redeem(request, steps)
    form = RequestCodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        email = form.cleaned_data["email"]
        if not _within_limit(request):
            form.add_error(
                None, steps.too_many or _("Your network requested too many codes. Wait an hour, or sign in.")
            )
            return render(request, steps.templates[0], {**steps.context, "form": form}, status=429)
        if steps.page is not None:
            # No page reveals whether we had anything to send.
            with (
                tenant(steps.page.organization),
                suppress(CapReached),
                rollback_if_refused(steps.page.organization, None),
            ):
                ask_for_code(steps.page, email)
        return _code_page(request, steps, CodeForm(initial={"email": email}))
    return render(request, steps.templates[0], {**steps.context, "form": form})


def _within_limit(request: HttpRequest) -> bool:
    """Limit code requests by network address, before any transaction opens."""
    address = throttle.network(get_adapter().get_client_ip(request))
    return throttle.allowed("email_code", address, most=MAX_CODES_PER_HOUR, seconds=3600)


def _redeem(request: HttpRequest, steps: Steps) -> HttpResponse:
    form = CodeForm(request.POST)
    if form.is_valid():
        token = None
        if steps.page is not None:
            with tenant(steps.page.organization):
                token = redeem(steps.page, form.cleaned_data["email"], form.cleaned_data["code"])
        if steps.page is not None and token is not None:
            response = SeeOther(steps.opened)
            passes.keep(response, steps.page.organization, token)
            return response
        form.add_error("code", _("This code doesn't work. Use the newest one or request another."))
    return _code_page(request, steps, form)


def _code_page(request: HttpRequest, steps: Steps, form: CodeForm) -> HttpResponse:
    again = RequestCodeForm(initial={"email": form["email"].value()}, auto_id="again_%s")
    context = {**steps.context, "form": form, "again": again, "most": CAPS["report_codes"].to_address}
    return render(request, steps.templates[1], context)
