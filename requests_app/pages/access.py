"""Pages that a secret link opens: no account, no session, no cookie. The token in the path is the whole authority."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from crosschq.core import links
from crosschq.core.models import SecretLink
from crosschq.organizations.access import Policy, with_policy
from crosschq.organizations.models import Organization
from crosschq.organizations.tenancy import tenant

from ..lifecycle import NotNow
from ..models import Reference, ReferenceRequest
from ..posting import CANDIDATE

P = ParamSpec("P")
METHODS = ("GET", "HEAD", "POST")


class SeeOther(HttpResponseRedirect):
    """RFC 9110, section 15.4.4: fetch this one by GET, whatever the method was."""

    status_code = 303


@dataclass(frozen=True)
class Held:
    """What the holder of a token may act on: as the candidate, or as one reference."""

    token: str
    request: ReferenceRequest
    reference: Reference | None

    def url(self, name: str, *args: Any) -> str:
        return reverse(f"public:{name}", args=[self.token, *args])

    @property
    def home(self) -> str:
        return self.url("reference" if self.reference else "candidate")


class TokenRequest(HttpRequest):
    """A request that passed `token_page`. `is_test` marks every page of a test request."""

    organization: Organization
    is_test: bool


View = Callable[Concatenate[TokenRequest, Held, P], HttpResponse]


def token_page(purpose: str) -> Callable[[View[P]], Callable[..., HttpResponseBase]]:
    """For whoever holds a live token of this purpose; otherwise the one page for all dead links, with status 404.

    The view runs inside `tenant()`. When it raises NotNow, all it wrote is undone and the holder is shown where things
    stand now.
    """

    def decorate(view: View[P]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def guarded(request: TokenRequest, /, token: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            refused = _refused(request)
            if refused is not None:
                return _sealed(refused)
            link = links.find(purpose=purpose, token=token)
            organization = organization_of(link)
            if link is None or organization is None:
                return _sealed(dead_link(request, purpose, token))
            request.organization = organization
            with timezone.override(ZoneInfo(organization.time_zone)):
                return _sealed(_open(request, link, token, *args, **kwargs))

        def _open(request: TokenRequest, link: SecretLink, token: str, *args: Any, **kwargs: Any) -> HttpResponse:
            home = "candidate" if purpose == CANDIDATE else "reference"
            try:
                with tenant(request.organization):
                    held = find_held(link, token)
                    if held is None:
                        return dead_link(request, purpose, token)
                    request.is_test = held.request.is_test
                    return view(request, held, *args, **kwargs)
            except NotNow:
                return SeeOther(reverse(f"public:{home}", args=[token]))

        exempt = csrf_exempt(guarded)
        with_policy(exempt, Policy("token"))
        return exempt

    return decorate


def dead_token_page(view: Callable[[HttpRequest, str], HttpResponse]) -> Callable[..., HttpResponseBase]:
    """For the page that asks for a fresh link: any token, known or not."""

    @wraps(view)
    def guarded(request: HttpRequest, token: str) -> HttpResponseBase:
        return _sealed(_refused(request) or view(request, token))

    exempt = csrf_exempt(guarded)
    with_policy(exempt, Policy("token"))
    return exempt


def dead_link(request: HttpRequest, purpose: str, token: str) -> HttpResponse:
    """Unknown, ended, revoked or of another purpose: one page, so that it tells nothing."""
    name = "candidate_fresh" if purpose == CANDIDATE else "reference_fresh"
    context = {"fresh_url": reverse(f"public:{name}", args=[token])}
    return render(request, "requests_app/dead_link.html", context, status=404)


def organization_of(link: SecretLink | None) -> Organization | None:
    return Organization.objects.filter(pk=link.scope_key).first() if link else None


def find_held(link: SecretLink, token: str) -> Held | None:
    """What the link's subject is. Call inside `tenant()`."""
    if link.purpose == CANDIDATE:
        found = _requests().filter(uid=link.subject).first()
        return Held(token, found, None) if found else None
    reference = Reference.objects.filter(uid=link.subject).first()
    return Held(token, _requests().get(pk=reference.request_id), reference) if reference else None


def _requests() -> Any:
    return ReferenceRequest.objects.select_related("organization", "version__survey_version")


def _refused(request: HttpRequest) -> HttpResponse | None:
    if request.method not in METHODS:
        return HttpResponseNotAllowed(METHODS)
    if request.method == "POST" and not _sent_from_here(request):
        raise PermissionDenied(_("This form was sent from another page. Open your link again and send it from there."))
    return None


def _sent_from_here(request: HttpRequest) -> bool:
    """No cookie speaks for the holder, so no other site can; this check costs nothing and catches the rest."""
    origin = request.headers.get("Origin")
    if origin is not None:
        ours = urlsplit(settings.BASE_URL)
        return origin in (f"{ours.scheme}://{ours.netloc}", f"{request.scheme}://{request.get_host()}")
    return request.headers.get("Sec-Fetch-Site", "same-origin") in ("same-origin", "none")


def _sealed(response: HttpResponse) -> HttpResponse:
    response["Referrer-Policy"] = "same-origin"
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex"
    return response
