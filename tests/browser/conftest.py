"""Chromium, if the machine has it, and the product served to it on loopback."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from django.core.wsgi import get_wsgi_application
from django.db import connections
from playwright.sync_api import Browser

from scripts.demo.chromium import installed, launched


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Close the thread's connection when it ends: it would keep the test database from being dropped."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            connections.close_all()


class _Handler(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        """Log nothing: a failed test reports what it requested."""


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The installed Chromium. Tests that need it are skipped without one."""
    program = installed()
    if program is None:
        pytest.skip("Chromium is not installed")
    # Playwright's event loop is idle between its calls, and Django takes it for a running one.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with launched(program) as browser:
        yield browser


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """The product's URL, served by threads of this process. Static files come from their folder."""
    server = make_server("127.0.0.1", 0, get_wsgi_application(), _Server, _Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
