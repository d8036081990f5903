"""Chromium, if the machine has it, and the product served to it on loopback."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.servers.basehttp import ThreadedWSGIServer
from django.core.wsgi import get_wsgi_application
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.test.testcases import QuietWSGIRequestHandler
from playwright.sync_api import Browser, expect

from scripts.demo.chromium import installed, launched
from tests.patience import SECONDS, wait_for

# A page takes about a second. Playwright's own limit for what a test expects is five.
expect.set_options(timeout=1000 * SECONDS)
_answering: set[int] = set()
"""The threads of ``site`` that answer a request now."""


@pytest.fixture(autouse=True)
def _no_page_stays_open(request: pytest.FixtureRequest) -> Iterator[None]:
    """Close the pages of a test before its rows are deleted: one that waits for a worker asks every second."""
    uses_site = "chromium" in request.fixturenames and request.node.get_closest_marker("django_db")
    browser: Browser | None = request.getfixturevalue("chromium") if uses_site else None
    yield
    if browser:
        for context in browser.contexts:
            context.close()
        wait_for(lambda: not _answering)


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
    """The product's URL, served by threads of this process. Static files come from their folder.

    A browser keeps its connection, and so its thread keeps its own to PostgreSQL. That one has its own name, since
    other tests of this process look for connections of processes with other encryption keys.
    """
    serving, product = threading.local(), get_wsgi_application()

    def application(environ: dict[str, Any], start_response: Any) -> Any:
        serving.now = True
        _answering.add(threading.get_ident())
        try:
            return product(environ, start_response)
        finally:
            _answering.discard(threading.get_ident())

    def name_it(connection: BaseDatabaseWrapper, **_: object) -> None:
        if hasattr(serving, "now"):
            with connection.cursor() as cursor:
                cursor.execute("SET application_name = 'site of the browser tests'")

    connection_created.connect(name_it)
    server = ThreadedWSGIServer(("127.0.0.1", 0), QuietWSGIRequestHandler)
    server.set_app(application)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
    connection_created.disconnect(name_it)
