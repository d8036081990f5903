"""The page for what nobody expected."""

import sys

import redis
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from crosschq.core.crypto import Undecipherable

# What cannot be decrypted waits for the operator, who is told by the log, to bring the key back.
AWAY = (redis.RedisError, OperationalError, InterfaceError, Undecipherable)
RETRY_SECONDS = 60


def server_error(request: HttpRequest) -> HttpResponse:
    """503 while the database, the cache or a key is away, 500 for a fault of ours. Asks neither of them anything."""
    if isinstance(sys.exc_info()[1], AWAY):
        headers = {"Retry-After": str(RETRY_SECONDS)}
        return HttpResponse(render_to_string("503.html"), status=503, headers=headers)
    return HttpResponse(render_to_string("500.html"), status=500)
