from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig
from django.db import Error
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from connectors import registry
from crosschq.core.database import timeouts
from crosschq.core.security.encryption import Undecipherable
from crosschq.tenancy.access import Policy, with_policy
from webhooks.inbox import receive

# Each for the lookup and the insert. The ATS waits 5 seconds for the whole response.
DATABASE_SECONDS = 0.9
RETRY_LATER = {"Retry-After": "60"}


@csrf_exempt
@require_POST
def deliver(request: HttpRequest, vendor: str, path_token: str) -> HttpResponse:
    """The webhook endpoint: responds with 202 once the delivery is stored.

    Errors: 400 broken chunks, 401 forged, 404 unknown path, 408 too slow, 413 too large, 415 compressed, 503 database
    or key unavailable. The path is looked up before the body is read.
    """
    try:
        return _answer(request, vendor, path_token)
    except RequestDataTooBig:
        return HttpResponse(status=413)
    except UnreadablePostError:
        return HttpResponse(status=408)
    except BadRequest:
        return HttpResponse(status=400)
    except receive.DeliveryRejected as rejected:
        return HttpResponse(status=rejected.status)
    except (Error, Undecipherable):
        return HttpResponse(status=503, headers=RETRY_LATER)


with_policy(deliver, Policy("signature"))


def _answer(request: HttpRequest, vendor: str, path_token: str) -> HttpResponse:
    if not registry.offers(vendor):
        return HttpResponse(status=404)
    with timeouts.answers_within(DATABASE_SECONDS):
        endpoint = receive.find_endpoint(vendor=vendor, path_token=path_token)
    if endpoint is None:
        return HttpResponse(status=404)
    known = registry.vendor(vendor)
    secret = known.handshake_secret(request.headers)
    if secret is not None:
        return HttpResponse(status=200, headers=known.handshake_answer(receive.handshake(secret)))
    if request.headers.get("Content-Encoding", "identity") != "identity":
        return HttpResponse(status=415)
    body = _read(request)
    with timeouts.answers_within(DATABASE_SECONDS):
        receive.accept_delivery(endpoint, headers=request.headers, body=body)
    return HttpResponse(status=202)


def _read(request: HttpRequest) -> bytes:
    """Return the raw body, never reading past the limit, whatever length the sender declared."""
    declared, most = request.META.get("CONTENT_LENGTH", ""), settings.WEBHOOK_MAX_BYTES
    if declared.isdecimal() and int(declared) > most:
        raise RequestDataTooBig
    body = request.read(most + 1) if declared else _read_chunked(request, most + 1)
    if len(body) > most:
        raise RequestDataTooBig
    if declared.isdecimal() and len(body) < int(declared):
        raise UnreadablePostError("the client went away")
    return body


def _read_chunked(request: HttpRequest, most: int) -> bytes:
    """Read a chunked body. Django treats a request without a length as empty, so read it from the server directly."""
    if not request.META.get("wsgi.input_terminated"):
        return b""
    try:
        body: bytes = request.META["wsgi.input"].read(most)
    except ConnectionError as error:
        raise UnreadablePostError(*error.args) from error
    except Exception as error:  # servers differ in how they report broken chunks or trailers
        raise BadRequest from error
    return body
