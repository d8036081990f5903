"""Pages behind the links in emails to prospects: view, renew, or remove their details."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from crosschq.core import clock
from crosschq.tenancy.secret_pages import SeeOther, TokenRequest
from prospects.models import Prospect, Removal
from prospects.opt_in import removal, retention
from prospects.opt_in.access import prospect_page
from prospects.opt_in.consent import CURRENT, consent_text
from prospects.opt_in.email_content import stored as stored_details


@prospect_page()
def stored(request: TokenRequest, prospect: Prospect, token: str) -> HttpResponse:
    if prospect.is_removed:
        return render(request, "prospects/opt_in/gone.html", {"prospect": prospect})
    context = {
        "prospect": prospect,
        "token": token,
        "details": stored_details(prospect),
        "consents": list(prospect.consents.select_related("reference__reference_request")),
        "may_renew": retention.may_renew(prospect, clock.now()),
    }
    return render(request, "prospects/opt_in/stored.html", context)


@prospect_page()
def renew(request: TokenRequest, prospect: Prospect, token: str) -> HttpResponse:
    """Ask before renewing for another year."""
    if request.method == "POST":
        retention.renew(prospect, now=clock.now())
        return SeeOther(_url(token))
    if not retention.may_renew(prospect, clock.now()):
        return SeeOther(_url(token))
    words = consent_text(CURRENT, organization=request.organization.name)
    return render(request, "prospects/opt_in/renew.html", {"prospect": prospect, "token": token, "words": words})


@prospect_page()
def remove(request: TokenRequest, prospect: Prospect, token: str) -> HttpResponse:
    if request.method == "POST":
        removal.remove(prospect, why=Removal.LEFT)
    return SeeOther(_url(token))


@prospect_page(from_anywhere=True)
def unsubscribe(request: TokenRequest, prospect: Prospect, token: str) -> HttpResponse:
    """One-click unsubscribe (RFC 8058): email clients post this form and must not be redirected."""
    if request.method != "POST" or request.POST.get("List-Unsubscribe") != "One-Click":
        return SeeOther(_url(token))
    removal.remove(prospect, why=Removal.LEFT)
    prospect.refresh_from_db()
    return render(request, "prospects/opt_in/gone.html", {"prospect": prospect})


def _url(token: str) -> str:
    return reverse("prospect:stored", args=[token])
