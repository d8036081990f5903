"""gunicorn doesn't tell strangers what it is."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from gunicorn.http.wsgi import Response

from crosschq.core.web.gunicorn_worker import _without_server


def test_no_response_names_the_server() -> None:
    assert Response.default_headers is _without_server
    request: Any = SimpleNamespace(version=(1, 1), method="GET", should_close=lambda: True)
    response = Response(request, None, SimpleNamespace(is_ssl=False))
    response.start_response("200 OK", [("Content-Type", "text/plain")])
    lines = Response.default_headers(response)
    assert lines[0] == "HTTP/1.1 200 OK\r\n"
    assert not [line for line in lines if line.lower().startswith("server")]
