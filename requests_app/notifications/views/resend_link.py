"""A new link for a person whose link no longer works, sent only to the address on file."""

from collections.abc import Callable
from contextlib import suppress

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from crosschq.core.security import secret_links
from crosschq.messaging.sending.cap_refusals import rollback_if_refused
from crosschq.messaging.sending.caps import CAPS, CapReached
from crosschq.tenancy.scope import tenant
from crosschq.tenancy.secret_pages import organization_of, sealed_page
from requests_app.notifications.corrections import requested_link_for_candidate, requested_link_for_reference
from requests_app.notifications.send import CANDIDATE, REFERENCE
from requests_app.public.access import LinkHolder, dead_link, find_link_holder


@sealed_page
def candidate(request: HttpRequest, token: str) -> HttpResponse:
    return _page(
        request, CANDIDATE, token, lambda link_holder: requested_link_for_candidate(link_holder.reference_request)
    )


@sealed_page
def reference(request: HttpRequest, token: str) -> HttpResponse:
    return _page(request, REFERENCE, token, _to_reference)


def _to_reference(link_holder: LinkHolder) -> bool:
    return link_holder.reference is not None and requested_link_for_reference(
        link_holder.reference_request, link_holder.reference
    )


def _page(request: HttpRequest, purpose: str, token: str, send: Callable[[LinkHolder], bool]) -> HttpResponse:
    """Respond in the same way whether or not the token was ever valid."""
    if request.method != "POST":
        return dead_link(request, purpose, token)
    link = secret_links.find(purpose=purpose, token=token) or secret_links.find_ended(purpose=purpose, token=token)
    organization = organization_of(link)
    if link is not None and organization is not None:
        with tenant(organization):
            link_holder = find_link_holder(link, token, organization)
            if link_holder is not None:
                # The page doesn't reveal whether we had anything to send.
                with suppress(CapReached), rollback_if_refused(organization, None):
                    send(link_holder)
    return render(request, "requests_app/notifications/resend_link.html", {"most": CAPS["fresh_links"].to_address})
