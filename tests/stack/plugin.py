"""Starts PostgreSQL and Valkey before pytest-django reads the settings, and sets what the settings read.

Loaded by ``addopts`` in pyproject.toml, since a conftest is read too late. ``DATABASE_URL`` and ``OWNER_DATABASE_URL``,
or ``CELERY_BROKER_URL`` and ``CACHE_URL``, make the tests run on servers of your own; the cache is emptied there.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import ExitStack

import pytest

from scripts.stack.pool import started_stack
from scripts.stack.processes import DidNotStart
from scripts.stack.stack import TEST_FOLDER, Stack

DATABASE = "crosschq"
NO_SANDBOX = "http://localhost:9"
SETTINGS = {
    "DEBUG": "false",
    "BASE_URL": "http://localhost:8000",
    "STATIC_MANIFEST": "false",
    "STATIC_ROOT": str(TEST_FOLDER / "static"),
    "SSL_REDIRECT": "false",
    "TRUSTED_PROXY_COUNT": "0",
    "LOG_LEVEL": "WARNING",
    "OUTBOUND_HOSTS": "localhost,127.0.0.1",
    "EMAIL_URL": "smtp://localhost:9",
    # The discard port (RFC 863): a test that needs the sandbox starts one and says where it is.
    "SMARTRECRUITERS_AUTHORIZE_URL": f"{NO_SANDBOX}/identity/oauth/allow",
    "SMARTRECRUITERS_TOKEN_URL": f"{NO_SANDBOX}/identity/oauth/token",
    "SMARTRECRUITERS_API_URL": NO_SANDBOX,
}
STACK = pytest.StashKey[Stack]()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, object, object]:
    running = ExitStack()
    # Also run where configuring fails, unlike pytest_unconfigure.
    early_config.add_cleanup(running.close)
    try:
        stack = running.enter_context(started_stack())
    except DidNotStart as problem:
        raise pytest.UsageError(str(problem)) from None
    early_config.stash[STACK] = stack
    os.environ.update({**stack.environment(DATABASE), **SETTINGS})
    return (yield)
