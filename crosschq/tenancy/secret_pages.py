"""Pages opened by a secret link: no account, session, or cookie. The token in the path is the only authorization.

Each kind of link has its own decorator, built on `link_page`, that loads the link's subject.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from crosschq.core.models import SecretLink
from crosschq.core.security import secret_links
from crosschq.core.text.time_zones import find_time_zone
from crosschq.core.web.typed_texts import typed_texts
from crosschq.tenancy.access import Policy, with_policy
from crosschq.tenancy.models import Organization

METHODS = ("GET", "HEAD", "POST")
PROOF_LIFE = timedelta(days=1)
_SIGNER = TimestampSigner(salt="crosschq.tenancy.secret_pages")


class SeeOther(HttpResponseRedirect):
    """RFC 9110, section 15.4.4: the client fetches this URL with GET, whatever the method was."""

    status_code = 303


class TokenRequest(HttpRequest):
    """A request with a valid token. `is_test` marks every page of a test request."""

    organization: Organization
    is_test: bool = False


DeadPage = Callable[[HttpRequest, str], HttpResponse]


def sealed_page(view: Callable[..., HttpResponse], *, from_anywhere: bool = False) -> Callable[..., HttpResponseBase]:
    """For requests with a token that the view checks itself.

    Forms are accepted only from our own pages. `from_anywhere` lifts that for one-click unsubscribe by an email client
    (RFC 8058, section 3.2): it sends no cookie, and any origin or none.
    """

    @wraps(view)
    def guarded(request: HttpRequest, /, token: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
        refused = _refused(request, from_anywhere=from_anywhere)
        response = refused if refused is not None else view(request, token, *args, **kwargs)
        response["Referrer-Policy"] = "same-origin"
        response["Cache-Control"] = _cache_control(request, response)
        response["X-Robots-Tag"] = "noindex"
        return response

    exempt = csrf_exempt(guarded)
    with_policy(exempt, Policy("token"))
    return exempt


def _cache_control(request: HttpRequest, response: HttpResponseBase) -> str:
    """Nothing is stored, except a page that answers a form: without a copy, Back to it would end in ERR_CACHE_MISS."""
    answers_form = request.method == "POST" and not response.has_header("Location")
    return "private, no-cache" if answers_form else "no-store"


def link_page(
    view: Callable[..., HttpResponse], *, purpose: str, dead: DeadPage, from_anywhere: bool = False
) -> Callable[..., HttpResponseBase]:
    """For requests with a valid token for this purpose. All others get the page `dead`.

    The view gets the request, the link, and the token, outside `tenant()`.
    """

    @wraps(view)
    def found(request: TokenRequest, token: str, *args: Any, **kwargs: Any) -> HttpResponse:
        opened = secret_links.find_with_scope(Organization, purpose=purpose, token=token)
        if opened is None:
            return dead(request, token)
        link, organization = opened
        request.organization = organization
        with timezone.override(find_time_zone(organization.time_zone)):
            return view(request, link, token, *args, **kwargs)

    return sealed_page(found, from_anywhere=from_anywhere)


def organization_of(link: SecretLink | None) -> Organization | None:
    return Organization.objects.filter(pk=link.scope_key).first() if link else None


def _refused(request: HttpRequest, *, from_anywhere: bool) -> HttpResponse | None:
    if request.method not in METHODS:
        return HttpResponseNotAllowed(METHODS)
    if request.method == "POST" and not (from_anywhere or _sent_from_here(request) or _has_proof(request)):
        return _ask_to_send_again(request)
    return None


def _ask_to_send_again(request: HttpRequest) -> HttpResponse:
    """Show what was typed, with a button that proves that the form comes from our page, whatever the browser says.

    Another site can't read the proof, and can't post here either without knowing the token.
    """
    fields = [(name, value) for name, values in request.POST.lists() for value in values if name != "proof"]
    proof = _SIGNER.sign(request.path)
    context = {"fields": fields, "typed": typed_texts(request), "proof": proof}
    return render(request, "send_again.html", context, status=403)


def _has_proof(request: HttpRequest) -> bool:
    try:
        return bool(_SIGNER.unsign(request.POST.get("proof", ""), max_age=PROOF_LIFE) == request.path)
    except BadSignature:
        return False


def _sent_from_here(request: HttpRequest) -> bool:
    """Cross-site requests have no power, since no cookie authorizes the request. This cheap check is a second guard."""
    origin = request.headers.get("Origin")
    if origin is not None:
        ours = urlsplit(settings.BASE_URL)
        return origin in (f"{ours.scheme}://{ours.netloc}", f"{request.scheme}://{request.get_host()}")
    return request.headers.get("Sec-Fetch-Site", "same-origin") in ("same-origin", "none")
