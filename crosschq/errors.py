"""Error pages for unexpected errors, and for emails that a cap refused."""

import sys
from collections.abc import Callable

import redis
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from crosschq.core.database import connections
from crosschq.core.security.encryption import Undecipherable
from crosschq.core.web.typed_texts import typed_texts
from crosschq.messaging.sending.caps import CapReached

# Data that can't be decrypted waits until the operator, alerted by the log, restores the key.
AWAY = (redis.RedisError, OperationalError, InterfaceError, Undecipherable)
RETRY_SECONDS = 60


def server_error(request: HttpRequest) -> HttpResponse:
    """503 while the database, cache, or a key is unavailable; 500 for our own bugs. This view uses none of these."""
    error = sys.exc_info()[1]
    if isinstance(error, AWAY) or connections.was_read_only(error):
        headers = {"Retry-After": str(RETRY_SECONDS)}
        return HttpResponse(render_to_string("503.html"), status=503, headers=headers)
    return HttpResponse(render_to_string("500.html"), status=500)


def form_refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's CSRF check refused a form. Shows what was typed, but offers no button: another site may have sent it."""
    return render(request, "403_csrf.html", {"typed": typed_texts(request)}, status=403)


class CapReachedMiddleware:
    """Shows why a cap refused an email, and until when, if the view didn't. The transaction was rolled back."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, CapReached):
            return None
        return render(request, "messaging/too_many_emails.html", {"why": exception.sentence}, status=429)
