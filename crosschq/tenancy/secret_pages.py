"""Pages opened by a secret link: no account, session, or cookie. The token in the path is the only authorization.

Each kind of link has its own decorator, built on `link_page`, that loads the link's subject.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from crosschq.core.models import SecretLink
from crosschq.core.security import secret_links
from crosschq.core.text.time_zones import find_time_zone
from crosschq.tenancy.access import Policy, with_policy
from crosschq.tenancy.models import Organization

METHODS = ("GET", "HEAD", "POST")


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
        response["Cache-Control"] = "no-store"
        response["X-Robots-Tag"] = "noindex"
        return response

    exempt = csrf_exempt(guarded)
    with_policy(exempt, Policy("token"))
    return exempt


def link_page(
    view: Callable[..., HttpResponse], *, purpose: str, dead: DeadPage, from_anywhere: bool = False
) -> Callable[..., HttpResponseBase]:
    """For requests with a valid token for this purpose. All others get the page `dead`.

    The view gets the request, the link, and the token, outside `tenant()`.
    """

    @wraps(view)
    def found(request: TokenRequest, token: str, *args: Any, **kwargs: Any) -> HttpResponse:
        link = secret_links.find(purpose=purpose, token=token)
        organization = organization_of(link)
        if link is None or organization is None:
            return dead(request, token)
        request.organization = organization
        with timezone.override(find_time_zone(organization.time_zone)):
            return view(request, link, token, *args, **kwargs)

    return sealed_page(found, from_anywhere=from_anywhere)


def organization_of(link: SecretLink | None) -> Organization | None:
    return Organization.objects.filter(pk=link.scope_key).first() if link else None


def _refused(request: HttpRequest, *, from_anywhere: bool) -> HttpResponse | None:
    if request.method not in METHODS:
        return HttpResponseNotAllowed(METHODS)
    if request.method == "POST" and not (from_anywhere or _sent_from_here(request)):
        raise PermissionDenied(_("This form came from another site. Open your link again and send it from there."))
    return None


def _sent_from_here(request: HttpRequest) -> bool:
    """Cross-site requests have no power, since no cookie authorizes the request. This cheap check is a second guard."""
    origin = request.headers.get("Origin")
    if origin is not None:
        ours = urlsplit(settings.BASE_URL)
        return origin in (f"{ours.scheme}://{ours.netloc}", f"{request.scheme}://{request.get_host()}")
    return request.headers.get("Sec-Fetch-Site", "same-origin") in ("same-origin", "none")
