"""Access to the pages behind the links of candidates and references."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from crosschq.core.models import SecretLink
from crosschq.core.web.typed_texts import typed_texts
from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import tenant
from crosschq.tenancy.secret_pages import SeeOther, TokenRequest, link_page
from requests_app.lifecycle import RequestMovedOn
from requests_app.models import Reference, ReferenceRequest, RequestState
from requests_app.notifications.send import CANDIDATE

P = ParamSpec("P")
WORTH_KEEPING = 20  # characters of a text that nobody wants to type again


@dataclass(frozen=True)
class LinkHolder:
    """Who is using a secret link: the candidate, or one reference."""

    token: str
    reference_request: ReferenceRequest
    reference: Reference | None

    def url(self, name: str, *args: Any) -> str:
        return reverse(f"public:{name}", args=[self.token, *args])

    @property
    def home(self) -> str:
        return self.url("reference" if self.reference else "candidate")

    @property
    def about_url(self) -> str:
        return self.url("reference_about" if self.reference else "candidate_about")

    @property
    def may_leave(self) -> bool:
        """Whether this person can still say that they don't take part."""
        if self.reference is None:
            return self.reference_request.is_open
        return self.reference.is_reachable and self.reference_request.state == RequestState.WAITING_FOR_REFERENCES


View = Callable[Concatenate[TokenRequest, LinkHolder, P], HttpResponse]


def token_page(purpose: str) -> Callable[[View[P]], Callable[..., HttpResponseBase]]:
    """Open the view with a valid token for this purpose; otherwise return the page for all dead links, status 404.

    The view runs inside `tenant()`. If it raises RequestMovedOn, its writes are rolled back and the visitor goes to the
    link's first page.
    """

    def dead(request: HttpRequest, token: str) -> HttpResponse:
        return dead_link(request, purpose, token)

    def decorate(view: View[P]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def opened(
            request: TokenRequest, link: SecretLink, token: str, /, *args: P.args, **kwargs: P.kwargs
        ) -> HttpResponse:
            home = "candidate" if purpose == CANDIDATE else "reference"
            try:
                with tenant(request.organization):
                    link_holder = find_link_holder(link, token, request.organization)
                    if link_holder is None:
                        return dead_link(request, purpose, token)
                    request.is_test = link_holder.reference_request.is_test
                    return view(request, link_holder, *args, **kwargs)
            except RequestMovedOn:
                home_url = reverse(f"public:{home}", args=[token])
                typed = typed_texts(request)
                if any(len(text.strip()) >= WORTH_KEEPING for text in typed):
                    context = {"typed": typed, "home": home_url}
                    return render(request, "requests_app/public/not_saved.html", context, status=409)
                return SeeOther(home_url)

        return link_page(opened, purpose=purpose, dead=dead)

    return decorate


def dead_link(request: HttpRequest, purpose: str, token: str) -> HttpResponse:
    """The same page for links that are unknown, ended, revoked, or for another purpose, so that it reveals nothing."""
    name = "candidate_fresh" if purpose == CANDIDATE else "reference_fresh"
    context = {"fresh_url": reverse(f"public:{name}", args=[token]), "typed": typed_texts(request)}
    return render(request, "requests_app/public/dead_link.html", context, status=404)


def find_link_holder(link: SecretLink, token: str, organization: Organization) -> LinkHolder | None:
    """Find who the link belongs to, in one query. Call inside `tenant()`."""
    if link.purpose == CANDIDATE:
        found = ReferenceRequest.objects.select_related("version").filter(uid=link.subject).first()
        if found is None:
            return None
        found.organization = organization
        return LinkHolder(token, found, None)
    reference = find_reference(link, organization)
    return LinkHolder(token, reference.reference_request, reference) if reference else None


def find_reference(link: SecretLink, organization: Organization) -> Reference | None:
    """The reference that the link belongs to, with their request. Call inside `tenant()`."""
    found: Reference | None = (
        Reference.objects.select_related("reference_request__version").filter(uid=link.subject).first()
    )
    if found is not None:
        found.organization = found.reference_request.organization = organization
    return found
