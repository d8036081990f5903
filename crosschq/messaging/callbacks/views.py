"""Callbacks from the text gateway: delivery status, and replies that people text us."""

from collections.abc import Mapping
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from crosschq.core.database import timeouts
from crosschq.messaging.callbacks import providers
from crosschq.messaging.channels import gateways
from crosschq.messaging.channels.text_gateway import TextGateway
from crosschq.tenancy.access import Policy, with_policy

# Providers give up after a few seconds too, and a 503 is better than no response.
DATABASE_SECONDS = 4


@csrf_exempt
@require_POST
@timeouts.answers_within(DATABASE_SECONDS)
def status(request: HttpRequest, uid: UUID) -> HttpResponse:
    """204, even for a message that no longer exists; 403 if forged, 404 if no gateway is configured."""
    gateway = gateways.text_gateway()
    if gateway is None:
        return HttpResponse(status=404)
    fields = _authentic_fields(request, gateway)
    if fields is None:
        return HttpResponse(status=403)
    message = providers.find_message(uid=str(uid))
    if message is not None:
        providers.store_report(message, providers.text_report(gateway.status(fields)))
    return HttpResponse(status=204)


@csrf_exempt
@require_POST
@timeouts.answers_within(DATABASE_SECONDS)
def inbound(request: HttpRequest) -> HttpResponse:
    """A reply in the gateway's format; 403 if forged, 404 if no gateway is configured."""
    gateway = gateways.text_gateway()
    if gateway is None:
        return HttpResponse(status=404)
    fields = _authentic_fields(request, gateway)
    if fields is None:
        return HttpResponse(status=403)
    words = providers.handle_inbound_text(gateway.inbound(fields))
    return HttpResponse(gateway.reply(words), content_type="text/xml")


with_policy(status, Policy("signature"))
with_policy(inbound, Policy("signature"))


def _authentic_fields(request: HttpRequest, gateway: TextGateway) -> Mapping[str, list[str]] | None:
    """The posted fields if the gateway signed them, else None. It signs our public URL."""
    fields = dict(request.POST.lists())
    url = settings.BASE_URL + request.get_full_path()
    return fields if gateway.is_authentic(url=url, fields=fields, headers=request.headers) else None
