"""The pages of the small links at the end of each mail. Opening one changes nothing: mail scanners do that too."""

from django.http import HttpResponse
from django.shortcuts import render

from crosschq.tenancy.secret_pages import SeeOther, TokenRequest
from requests_app.lifecycle import NotNow
from requests_app.notifications import opt_out
from requests_app.notifications.send import CANDIDATE, REFERENCE
from requests_app.public.access import Held, token_page


@token_page(CANDIDATE)
def not_me(request: TokenRequest, held: Held) -> HttpResponse:
    """“Not you? Tell us” of the candidate's mails. The link is dead afterwards, so its answer is this page's."""
    if not held.reference_request.is_open:
        raise NotNow
    if request.method == "POST":
        opt_out.not_the_candidate(held.reference_request)
        return render(request, "requests_app/notifications/not_me_done.html")
    return render(
        request, "requests_app/notifications/not_me.html", {"held": held, "reference_request": held.reference_request}
    )


@token_page(CANDIDATE)
def candidate_stop(request: TokenRequest, held: Held) -> HttpResponse:
    return _stop(request, held, "candidate_stop")


@token_page(REFERENCE)
def reference_stop(request: TokenRequest, held: Held) -> HttpResponse:
    return _stop(request, held, "reference_stop")


def _stop(request: TokenRequest, held: Held, name: str) -> HttpResponse:
    """The posted value is the wanted state, so a second press changes nothing."""
    if request.method == "POST":
        act = opt_out.allow_emails if request.POST.get("emails") == "on" else opt_out.stop_emails
        act(held.reference_request, held.reference)
        return SeeOther(held.url(name))
    context = {
        "held": held,
        "reference_request": held.reference_request,
        "stopped": opt_out.are_stopped(held.reference_request, held.reference),
    }
    return render(request, "requests_app/notifications/stop_emails.html", context)
