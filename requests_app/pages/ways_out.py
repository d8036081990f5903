"""The pages of the small links at the end of each mail. Opening one changes nothing: mail scanners do that too."""

from django.http import HttpResponse
from django.shortcuts import render

from crosschq.organizations.secret_pages import SeeOther, TokenRequest

from .. import opting_out
from ..lifecycle import NotNow
from ..posting import CANDIDATE, REFERENCE
from .access import Held, token_page


@token_page(CANDIDATE)
def not_me(request: TokenRequest, held: Held) -> HttpResponse:
    """“Not you? Tell us” of the candidate's mails. The link is dead afterwards, so its answer is this page's."""
    if not held.request.is_open:
        raise NotNow
    if request.method == "POST":
        opting_out.not_the_candidate(held.request)
        return render(request, "requests_app/not_me_done.html")
    return render(request, "requests_app/not_me.html", {"held": held, "job": held.request})


@token_page(CANDIDATE)
def candidate_stop(request: TokenRequest, held: Held) -> HttpResponse:
    return _stop(request, held, "candidate_stop")


@token_page(REFERENCE)
def reference_stop(request: TokenRequest, held: Held) -> HttpResponse:
    return _stop(request, held, "reference_stop")


def _stop(request: TokenRequest, held: Held, name: str) -> HttpResponse:
    """The posted value is the wanted state, so a second press changes nothing."""
    if request.method == "POST":
        act = opting_out.allow_mails if request.POST.get("mails") == "on" else opting_out.stop_mails
        act(held.request, held.reference)
        return SeeOther(held.url(name))
    context = {
        "held": held,
        "job": held.request,
        "stopped": opting_out.are_stopped(held.request, held.reference),
    }
    return render(request, "requests_app/stop_mails.html", context)
