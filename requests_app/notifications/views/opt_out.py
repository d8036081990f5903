"""The pages behind the links at the end of each email. Opening one changes nothing, since email scanners open links."""

from django.http import HttpResponse
from django.shortcuts import render

from crosschq.tenancy.secret_pages import SeeOther, TokenRequest
from requests_app.lifecycle import RequestMovedOn
from requests_app.notifications import opt_out
from requests_app.notifications.send import CANDIDATE, REFERENCE
from requests_app.public.access import LinkHolder, token_page


@token_page(CANDIDATE)
def not_me(request: TokenRequest, link_holder: LinkHolder) -> HttpResponse:
    """“Not you? Tell us” in the candidate's emails, in two steps, because email scanners press single buttons.

    The link ends with it, so this page itself shows the result.
    """
    if not link_holder.reference_request.is_open:
        raise RequestMovedOn
    if request.POST.get("sure") == "yes":
        opt_out.report_wrong_address(link_holder.reference_request)
        return render(request, "requests_app/notifications/not_me_done.html")
    context = {
        "link_holder": link_holder,
        "reference_request": link_holder.reference_request,
        "asked_twice": request.method == "POST",
    }
    return render(request, "requests_app/notifications/not_me.html", context)


@token_page(CANDIDATE)
def candidate_stop(request: TokenRequest, link_holder: LinkHolder) -> HttpResponse:
    return _stop(request, link_holder, "candidate_stop")


@token_page(REFERENCE)
def reference_stop(request: TokenRequest, link_holder: LinkHolder) -> HttpResponse:
    return _stop(request, link_holder, "reference_stop")


def _stop(request: TokenRequest, link_holder: LinkHolder, name: str) -> HttpResponse:
    """The form posts the desired state, so a second click changes nothing."""
    if request.method == "POST":
        act = opt_out.allow_emails if request.POST.get("emails") == "on" else opt_out.stop_emails
        act(link_holder.reference_request, link_holder.reference)
        return SeeOther(link_holder.url(name))
    context = {
        "link_holder": link_holder,
        "reference_request": link_holder.reference_request,
        "stopped": opt_out.is_opted_out(link_holder.reference_request, link_holder.reference),
    }
    return render(request, "requests_app/notifications/opt_out.html", context)
