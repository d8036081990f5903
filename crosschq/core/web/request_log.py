"""One log line per request: its id, route, and duration. Never the path, which may contain a secret token."""

import sys
import time
import uuid
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse
from structlog.contextvars import bound_contextvars

log = structlog.get_logger(__name__)


class RequestLogMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        trace_id = uuid.uuid4().hex
        started = time.monotonic()
        with bound_contextvars(trace_id=trace_id):
            response = self.get_response(request)
            match = request.resolver_match
            log.info(
                "request",
                method=request.method,
                route=match.route if match else "",
                status=response.status_code,
                ms=round((time.monotonic() - started) * 1000),
            )
        response["X-Request-ID"] = trace_id
        return response


def log_exception(**_: object) -> None:
    """Log an unhandled exception without the path, unlike Django's own log. Receives `got_request_exception`."""
    log.error("request_failed", exc_info=sys.exc_info())
