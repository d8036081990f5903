"""What a prospect sees behind the links in our mails: what is kept, keep it longer, remove it."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from crosschq.core import clock
from crosschq.organizations.secret_pages import SeeOther, TokenRequest

from .. import keeping, removal
from ..consent import CURRENT, consent_text
from ..mails import stored as stored_details
from ..models import Prospect, Removal
from .access import prospect_page


@prospect_page()
def stored(request: TokenRequest, prospect: Prospect, token: str) -> HttpResponse:
    if prospect.is_removed:
        return render(request, "prospects/gone.html", {"prospect": prospect})
    context = {
        "prospect": prospect,
        "token": token,
        "details": stored_details(prospect),
        "consents": list(prospect.consents.select_related("reference__request")),
        "may_renew": keeping.may_renew(prospect, clock.now()),
    }
    return render(request, "prospects/stored.html", context)


@prospect_page()
def renew(request: TokenRequest, prospect: Prospect, token: str) -> HttpResponse:
    """One press for another year."""
    if request.method == "POST":
        keeping.renew(prospect, now=clock.now())
        return SeeOther(_url(token))
    if not keeping.may_renew(prospect, clock.now()):
        return SeeOther(_url(token))
    words = consent_text(CURRENT, organization=request.organization.name)
    return render(request, "prospects/renew.html", {"prospect": prospect, "token": token, "words": words})


@prospect_page()
def remove(request: TokenRequest, prospect: Prospect, token: str) -> HttpResponse:
    if request.method == "POST":
        removal.remove(prospect, why=Removal.LEFT)
    return SeeOther(_url(token))


@prospect_page(from_anywhere=True)
def unsubscribe(request: TokenRequest, prospect: Prospect, token: str) -> HttpResponse:
    """The mail program's own button (RFC 8058): it posts these words, and must not be redirected."""
    if request.method != "POST" or request.POST.get("List-Unsubscribe") != "One-Click":
        return SeeOther(_url(token))
    removal.remove(prospect, why=Removal.LEFT)
    prospect.refresh_from_db()
    return render(request, "prospects/gone.html", {"prospect": prospect})


def _url(token: str) -> str:
    return reverse("prospect:stored", args=[token])
