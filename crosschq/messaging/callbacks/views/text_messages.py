"""What the carrier of text messages posts to us: how a text fared, and what somebody texted back."""

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

# Providers give up after some seconds too; 503 is better than no answer.
DATABASE_SECONDS = 4


@csrf_exempt
@require_POST
@timeouts.answers_within(DATABASE_SECONDS)
def status(request: HttpRequest, uid: UUID) -> HttpResponse:
    """204; 403 forged, 404 where no carrier is set up. A message that is gone by now is none of the carrier's care."""
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
    """The carrier's own form of a reply; 403 forged, 404 where no carrier is set up."""
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
    """What was posted, if the carrier signed it: for the address that it was given, whatever proxy stands between."""
    fields = dict(request.POST.lists())
    url = settings.BASE_URL + request.get_full_path()
    return fields if gateway.is_authentic(url=url, fields=fields, headers=request.headers) else None
