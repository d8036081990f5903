"""Answer the ATS's requests to a callback URL, ahead of Django.

`answer` has all the rules: Django's view calls it, and the WSGI application calls it before any middleware, since a
delivery needs neither sessions nor cookies (docs/decisions/0029-receiver.md).
"""

import http
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import structlog
from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig
from django.db import Error
from django.http import UnreadablePostError
from django.utils.http import http_date
from structlog.contextvars import bind_contextvars, reset_contextvars

from connectors import registry
from crosschq.core.database import timeouts
from crosschq.core.outbox.work_item import current_trace_id
from crosschq.core.security.encryption import Undecipherable
from crosschq.core.web import plain_request
from webhooks.inbox import receive
from webhooks.inbox.committer import Committer, Overloaded
from webhooks.inbox.endpoints import Endpoint, RecentEndpoints
from webhooks.inbox.storage import NewEvent, Stored

log = structlog.get_logger(__name__)

Environ = dict[str, Any]
Application = Callable[[Environ, Any], Iterable[bytes]]

# Like the URL pattern in urls.py.
PATH = re.compile(r"/hooks/(?P<vendor>[-a-zA-Z0-9_]+)/(?P<path_token>[^/]+)")
# For a lookup. The ATS waits 5 seconds for the whole response.
DATABASE_SECONDS = 0.9
MAX_LENGTH_DIGITS = 12
REASONS = {status.value: status.phrase for status in http.HTTPStatus}


class Reply(NamedTuple):
    status: int
    headers: dict[str, str] = {}


ACCEPTED = Reply(202)
RETRY_LATER = Reply(503, {"Retry-After": "60"})


class Headers(Mapping[str, str]):
    """The headers of a WSGI request. Django's HttpHeaders copies all of them, to look up the few that count here."""

    def __init__(self, environ: Environ) -> None:
        self._environ = environ

    def __getitem__(self, name: str) -> str:
        value: str = self._environ[f"HTTP_{name.upper().replace('-', '_')}"]
        return value

    def __iter__(self) -> Iterator[str]:
        return (key[5:].replace("_", "-") for key in self._environ if key.startswith("HTTP_"))

    def __len__(self) -> int:
        return sum(1 for _name in self)


class Endpoints(Protocol):
    def find(self, vendor: str, path_token: str) -> Endpoint | None: ...
    def find_again(self, vendor: str, path_token: str) -> Endpoint | None: ...


class Receiver:
    """Answers deliveries, and leaves every other request to the application."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._endpoints, self._committer = RecentEndpoints(), Committer()

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        path = _delivered_to(environ["REQUEST_METHOD"], environ["PATH_INFO"])
        if path is None:
            return self._application(environ, start_response)
        trace_id = os.urandom(16).hex()
        bound = bind_contextvars(trace_id=trace_id)
        try:
            answered = answer(environ, **path, endpoints=self._endpoints, store=self._committer.store)
            if answered.status != http.HTTPStatus.ACCEPTED:  # what was accepted is a row
                log.info("delivery_not_stored", status=answered.status)
        finally:
            reset_contextvars(**bound)
        headers = [("Content-Length", "0"), ("X-Request-ID", trace_id), *answered.headers.items()]
        start_response(f"{answered.status} {REASONS[answered.status]}", headers)
        return []

    def takes(self, method: str, path: str) -> bool:
        return _delivered_to(method, path) is not None

    def answer_together(self, requests: Sequence[bytes]) -> list[bytes | None]:
        """Answer those that are plainly genuine and commit their rows together: crosschq.core.web.together.

        None for every other request. It comes to ``__call__``, which knows what to do with it.
        """
        answers: list[bytes | None] = [None] * len(requests)
        genuine = {number: event for number, data in enumerate(requests) if (event := self._event(data))}
        if not genuine:
            return answers
        # What arrived meanwhile waits for these, and then as long for its own rows.
        stored_all = self._committer.store_all(list(genuine.values()), seconds=DATABASE_SECONDS)
        date = http_date()
        for (number, event), stored in zip(genuine.items(), stored_all, strict=True):
            if stored is not Stored.NOT_SUBSCRIBED:
                answers[number] = _response(RETRY_LATER if isinstance(stored, Exception) else ACCEPTED, event, date)
        return answers

    def _event(self, data: bytes) -> NewEvent | None:
        """Return the event of a delivery to a remembered endpoint, or None if it needs more than that."""
        try:
            request = plain_request.read(data)
            path = request and _delivered_to(request.method, request.path)
            endpoint = path and self._endpoints.remembered(**path)
            if not request or not endpoint or not registry.offers(endpoint.connection.vendor):
                return None
            is_handshake = registry.vendor(endpoint.connection.vendor).handshake_secret(request.headers) is not None
            if is_handshake or "Content-Encoding" in request.headers or len(request.body) > settings.WEBHOOK_MAX_BYTES:
                return None
            trace_id = os.urandom(16).hex()
            return receive.verified(endpoint, headers=request.headers, body=request.body, trace_id=trace_id)
        except Exception:
            log.exception("delivery_failed")
            return None


def _delivered_to(method: str, path: str) -> dict[str, str] | None:
    found = PATH.fullmatch(path) if method == "POST" else None
    return found.groupdict() if found and found["vendor"] in registry.VENDORS else None


def _response(answered: Reply, event: NewEvent, date: str) -> bytes:
    if answered.status != http.HTTPStatus.ACCEPTED:
        log.info("delivery_not_stored", status=answered.status, trace_id=event.trace_id)
    headers = {"Date": date, "Connection": "keep-alive", "Content-Length": "0", "X-Request-ID": event.trace_id}
    return plain_request.response(answered.status, headers | answered.headers)


def answer(
    environ: Environ,
    *,
    vendor: str,
    path_token: str,
    endpoints: Endpoints,
    store: Callable[[NewEvent], Stored],
) -> Reply:
    """Return 202 once the delivery is stored.

    Errors: 400 broken chunks, 401 forged, 404 unknown path, 408 too slow, 413 too large, 415 compressed, 503 database
    or key unavailable. The path is looked up before the body is read.
    """
    try:
        return _answer(environ, vendor, path_token, endpoints, store)
    except RequestDataTooBig:
        return Reply(413)
    except UnreadablePostError:
        return Reply(408)
    except BadRequest:
        return Reply(400)
    except receive.DeliveryRejected as rejected:
        return Reply(rejected.status)
    except (Error, Undecipherable, Overloaded):
        return RETRY_LATER
    except Exception:
        log.exception("delivery_failed")
        return RETRY_LATER


def _answer(
    environ: Environ, vendor: str, path_token: str, endpoints: Endpoints, store: Callable[[NewEvent], Stored]
) -> Reply:
    endpoint = _found(endpoints.find, vendor, path_token)
    known, headers = registry.vendor(vendor), Headers(environ)
    secret = known.handshake_secret(headers)
    if secret is not None:
        return Reply(200, known.handshake_answer(receive.handshake(secret)))
    if headers.get("Content-Encoding", "").strip().lower() not in ("", "identity"):
        return Reply(415)
    body = read_body(environ)
    trace_id = current_trace_id()
    event = receive.verified(endpoint, headers=headers, body=body, trace_id=trace_id)
    if event is None:
        # The key may be newer than the endpoint that this process remembers.
        endpoint = _found(endpoints.find_again, vendor, path_token)
        event = receive.verified(endpoint, headers=headers, body=body, trace_id=trace_id)
    if event is None:
        with timeouts.answers_within(DATABASE_SECONDS):
            receive.refuse(endpoint)
    elif store(event) is Stored.NOT_SUBSCRIBED:
        _found(endpoints.find_again, vendor, path_token)
        return RETRY_LATER  # it was removed and created again meanwhile
    return ACCEPTED


def _found(find: Callable[[str, str], Endpoint | None], vendor: str, path_token: str) -> Endpoint:
    with timeouts.answers_within(DATABASE_SECONDS):
        endpoint = find(vendor, path_token) if registry.offers(vendor) else None
    if endpoint is None:
        raise receive.DeliveryRejected(404)
    return endpoint


def read_body(environ: Environ) -> bytes:
    """Return the raw body, never reading past the limit, whatever length the sender declared.

    Raises RequestDataTooBig, UnreadablePostError for a client that went away, and BadRequest for broken chunks.
    """
    declared, most = environ.get("CONTENT_LENGTH") or "", settings.WEBHOOK_MAX_BYTES
    if len(declared) > MAX_LENGTH_DIGITS or (declared.isdecimal() and int(declared) > most):
        raise RequestDataTooBig
    # Without a length the body is chunked, or there is none. The server ends a chunked one.
    if not declared.isdecimal() and not environ.get("wsgi.input_terminated"):
        return b""
    length = int(declared) if declared.isdecimal() else None
    try:
        body: bytes = environ["wsgi.input"].read(most + 1 if length is None else length)
    except ConnectionError as error:
        raise UnreadablePostError(*error.args) from error
    except Exception as error:  # servers differ in how they report broken chunks or trailers
        raise BadRequest from error
    if len(body) > most:
        raise RequestDataTooBig
    if length is not None and len(body) < length:
        raise UnreadablePostError("the client went away")
    return body
