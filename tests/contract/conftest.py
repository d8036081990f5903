from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract import oracle
from tests.contract.ledger import Ledger
from tests.contract.operations import OF_SANDBOX
from tests.sandbox.running import Running, run_sandbox


@pytest.fixture(scope="session")
def vendors_documents() -> None:
    if not oracle.present():
        pytest.skip(oracle.ABSENT)


@pytest.fixture(scope="session")
def running_contract_sandbox() -> Iterator[Running]:
    """A sandbox with limits too high to matter: they have their own tests."""
    with run_sandbox(rate_scale=1000.0) as running:
        yield running


@pytest.fixture
def contract_sandbox(running_contract_sandbox: Running) -> Running:
    """As seeded, because an earlier test may have left any switch on."""
    running_contract_sandbox.act("reset")
    return running_contract_sandbox


@pytest.fixture(scope="session")
def ledger(vendors_documents: None, running_contract_sandbox: Running) -> Ledger:
    return Ledger(running_contract_sandbox, oracle.judge_of_calls(running_contract_sandbox.url, OF_SANDBOX))
