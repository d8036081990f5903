"""Starts PostgreSQL and Valkey before pytest-django reads the settings, and sets what the settings read.

Loaded by ``addopts`` in pyproject.toml, since a conftest is read too late. With ``-n`` each process that runs tests has
its own servers, so that no test sees what another leaves in a database or a broker. The process that distributes the
tests has none. ``DATABASE_URL`` and ``OWNER_DATABASE_URL``, or ``CELERY_BROKER_URL`` and ``CACHE_URL``, make the tests
run on your own servers, in one process; the cache is emptied there.
"""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Generator, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import pytest

from scripts.stack import processes
from scripts.stack.environment import Ports, product_environment
from scripts.stack.folder import StateFolder
from scripts.stack.pool import started_stack
from scripts.stack.processes import DidNotStart
from scripts.stack.stack import TEST_FOLDER, Stack
from tests.stack.compiling import compile_part

T = TypeVar("T")
DATABASE = "crosschq"
# Each has two servers, and a test of the whole product starts eight more processes.
MOST_PROCESSES = 4
ADDRESSES = ("DATABASE_URL", "OWNER_DATABASE_URL", "CELERY_BROKER_URL", "CACHE_URL")
# The discard port (RFC 863), where nobody answers. A test that needs the sandbox starts one and says where it is.
NOWHERE = "localhost:9"
SETTINGS = {
    "DEBUG": "false",
    "BASE_URL": "http://localhost:8000",
    "STATIC_MANIFEST": "false",
    "STATIC_ROOT": str(TEST_FOLDER / "static"),
    "SSL_REDIRECT": "false",
    "TRUSTED_PROXY_COUNT": "0",
    # Tests create and drop databases, and the stamp of one would make the next look restored.
    "RESTORE_STAMP_FILE": "",
    "SENT_LEDGER": "",
    "LOG_LEVEL": "WARNING",
    "OUTBOUND_HOSTS": "localhost,127.0.0.1",
    "EMAIL_URL": f"smtp://{NOWHERE}",
    "SMARTRECRUITERS_AUTHORIZE_URL": f"http://{NOWHERE}/identity/oauth/allow",
    "SMARTRECRUITERS_TOKEN_URL": f"http://{NOWHERE}/identity/oauth/token",
    "SMARTRECRUITERS_API_URL": f"http://{NOWHERE}",
}
STACK = pytest.StashKey[Stack]()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, object, object]:
    if "PYTEST_XDIST_WORKER" in os.environ:
        # It belongs to the process that distributes the tests.
        for name in ADDRESSES:
            os.environ.pop(name, None)
        processes.PORTS = ports_of(os.environ["PYTEST_XDIST_WORKER"])
        compile_part(early_config)
    elif hands_out(early_config.known_args_namespace):
        if own_servers():
            raise pytest.UsageError(f"{own_servers()} names a server of your own, which serves one process: -n 0.")
        os.environ.update({**environment_without_servers(), **SETTINGS})
        return (yield)
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


@pytest.hookimpl(optionalhook=True, tryfirst=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """What ``-n auto`` stands for: three processes for two cores; none where this one has servers and runs the tests.

    The tests of `make test` wait for pages, servers and the sandbox for a fifth of their time, and those of
    `make test-slow` for leases, restarts and storms for a third.
    """
    return 0 if STACK in config.stash else min((os.cpu_count() or 1) * 3 // 2, MOST_PROCESSES)


def ports_of(worker: str) -> range:
    """The ports of one of the processes, ``gw0`` and so on: two of them never choose the same one at the same time."""
    return processes.PORTS[int(worker.removeprefix("gw")) % MOST_PROCESSES :: MOST_PROCESSES]


def dealt(tests: Sequence[T], processes: int) -> list[T]:
    """The same tests, so that each process starts with some of the first: xdist gives each one part of the list."""
    return [test for number in range(processes) for test in tests[number::processes]]


def hands_out(options: Namespace) -> bool:
    """Whether this process lets others run the tests. ``options`` are those of the command line."""
    wanted = getattr(options, "numprocesses", None)
    if wanted == "auto":
        return not (options.usepdb or own_servers())
    return bool(wanted)


def own_servers() -> str:
    """The variable that names a server of the caller's; empty: there is none."""
    return next((name for name in ("DATABASE_URL", "CELERY_BROKER_URL") if os.environ.get(name)), "")


def environment_without_servers() -> dict[str, str]:
    """Settings that Django can read, with addresses where nobody answers."""
    with TemporaryDirectory() as folder:
        settings = product_environment(StateFolder(Path(folder)), Ports())
    return {**settings, **dict.fromkeys(ADDRESSES, f"redis://{NOWHERE}"), "DATABASE_URL": f"postgres://{NOWHERE}/none"}
