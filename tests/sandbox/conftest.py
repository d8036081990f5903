"""One sandbox for all tests of this folder, reset before each; a receiver for each test that asks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox.receiver import Receiver, run_receiver
from tests.sandbox.running import Running, run_sandbox


@pytest.fixture(scope="session")
def running_sandbox() -> Iterator[Running]:
    # Tests call faster than people do. The limits are tested with a separate sandbox.
    with run_sandbox(rate_scale=1000.0) as running:
        yield running


@pytest.fixture
def sandbox(running_sandbox: Running) -> Iterator[Running]:
    running_sandbox.act("reset")
    # Among them the company that an earlier test chose in the console.
    running_sandbox.http.cookies.clear()
    yield running_sandbox
    running_sandbox.close_clients()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with run_receiver() as receiver:
        yield receiver
