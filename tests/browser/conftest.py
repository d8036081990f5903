"""Chromium, if the machine has it, and the product served to it on loopback."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator

import pytest
from django.core.servers.basehttp import ThreadedWSGIServer
from django.core.wsgi import get_wsgi_application
from django.test.testcases import QuietWSGIRequestHandler
from playwright.sync_api import Browser

from scripts.demo.chromium import installed, launched


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

    A browser keeps its connection, and so its thread keeps its own to PostgreSQL.
    """
    server = ThreadedWSGIServer(("127.0.0.1", 0), QuietWSGIRequestHandler)
    server.set_app(get_wsgi_application())
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
