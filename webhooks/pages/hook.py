from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from connectors import registry
from crosschq.organizations.access import Policy, with_policy
from webhooks import receive


@csrf_exempt
@require_POST
def deliver(request: HttpRequest, vendor: str, path_token: str) -> HttpResponse:
    """Where an ATS delivers. 202 once stored; 401 forged, 404 unknown path, 413 too large, 503 database away."""
    if not registry.offers(vendor):
        return HttpResponse(status=404)
    if request.headers.get("Content-Encoding", "identity") != "identity":
        return HttpResponse(status=415)
    try:
        body = _read(request)
        return _answer(request, vendor, path_token, body)
    except RequestDataTooBig:
        return HttpResponse(status=413)
    except UnreadablePostError:
        return HttpResponse(status=400)
    except receive.Refused as refused:
        return HttpResponse(status=refused.status)
    except DatabaseError:
        return HttpResponse(status=503, headers={"Retry-After": "60"})


with_policy(deliver, Policy("signature"))


def _answer(request: HttpRequest, vendor: str, path_token: str, body: bytes) -> HttpResponse:
    endpoint = receive.find_endpoint(vendor=vendor, path_token=path_token)
    if endpoint is None:
        return HttpResponse(status=404)
    known = registry.vendor(vendor)
    secret = known.handshake_secret(request.headers)
    if secret is not None:
        return HttpResponse(status=200, headers=known.handshake_answer(receive.handshake(endpoint, secret)))
    receive.take_in(endpoint, headers=request.headers, body=body)
    return HttpResponse(status=202)


def _read(request: HttpRequest) -> bytes:
    """The raw body, never more than the cap, whatever length was announced."""
    body = request.read(settings.WEBHOOK_MAX_BYTES + 1)
    if len(body) > settings.WEBHOOK_MAX_BYTES:
        raise RequestDataTooBig
    return body
