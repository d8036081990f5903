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

# For the look-up and for storing, each. SmartRecruiters waits 5 seconds for the whole answer.
DATABASE_SECONDS = 0.9
RETRY_LATER = {"Retry-After": "60"}


@csrf_exempt
@require_POST
def deliver(request: HttpRequest, vendor: str, path_token: str) -> HttpResponse:
    """Where an ATS delivers: 202 once stored.

    400 broken chunks, 401 forged, 404 unknown path, 408 too slow, 413 too large, 415 compressed, 503 the database is
    away or a key is missing. The path is looked up before the body is read.
    """
    try:
        return _answer(request, vendor, path_token)
    except RequestDataTooBig:
        return HttpResponse(status=413)
    except UnreadablePostError:
        return HttpResponse(status=408)
    except BadRequest:
        return HttpResponse(status=400)
    except receive.Refused as refused:
        return HttpResponse(status=refused.status)
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
    """The raw body, never more than the cap, whatever length was announced, or none."""
    announced, most = request.META.get("CONTENT_LENGTH", ""), settings.WEBHOOK_MAX_BYTES
    if announced.isdecimal() and int(announced) > most:
        raise RequestDataTooBig
    body = request.read(most + 1) if announced else _read_chunked(request, most + 1)
    if len(body) > most:
        raise RequestDataTooBig
    if announced.isdecimal() and len(body) < int(announced):
        raise UnreadablePostError("the client went away")
    return body


def _read_chunked(request: HttpRequest, most: int) -> bytes:
    """Django takes a request without a length for one without a body. A server that finds the end of chunks says so."""
    if not request.META.get("wsgi.input_terminated"):
        return b""
    try:
        body: bytes = request.META["wsgi.input"].read(most)
    except ConnectionError as error:
        raise UnreadablePostError(*error.args) from error
    except Exception as error:  # whatever the server says of broken chunks or trailers
        raise BadRequest from error
    return body
