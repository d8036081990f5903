"""Decorators for pages behind the links of references who have answered, and of prospects."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from crosschq.core.models import SecretLink
from crosschq.tenancy.scope import tenant
from crosschq.tenancy.secret_pages import SeeOther, TokenRequest, link_page
from prospects.models import Prospect
from prospects.opt_in.send import PROSPECT_LINK
from requests_app.models import SENT_STATES
from requests_app.notifications.send import REFERENCE
from requests_app.public.access import find_reference


def answered_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponseBase]:
    """For references who have submitted their answers; others are redirected to the survey. Runs inside `tenant()`."""

    @wraps(view)
    def opened(request: TokenRequest, link: SecretLink, token: str) -> HttpResponse:
        with tenant(request.organization):
            reference = find_reference(link, request.organization)
            if reference is None or reference.state not in SENT_STATES:
                return SeeOther(reverse("public:reference", args=[token]))
            request.is_test = reference.reference_request.is_test
            return view(request, reference, token)

    return link_page(opened, purpose=REFERENCE, dead=_dead_reference)


def prospect_page(
    *, from_anywhere: bool = False
) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponseBase]]:
    """For the links in emails to prospects, also after they opt out. Runs inside `tenant()`."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def opened(request: TokenRequest, link: SecretLink, token: str) -> HttpResponse:
            with tenant(request.organization):
                prospect = Prospect.objects.filter(uid=link.subject).first()
                if prospect is None:
                    return _dead(request, token)
                prospect.organization = request.organization
                return view(request, prospect, token)

        return link_page(opened, purpose=PROSPECT_LINK, dead=_dead, from_anywhere=from_anywhere)

    return decorate


def _dead_reference(request: HttpRequest, token: str) -> HttpResponse:
    context: dict[str, Any] = {"fresh_url": reverse("public:reference_fresh", args=[token])}
    return render(request, "requests_app/public/dead_link.html", context, status=404)


def _dead(request: HttpRequest, token: str) -> HttpResponse:
    return render(request, "prospects/opt_in/dead_link.html", status=404)
