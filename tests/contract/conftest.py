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
def contract_sandbox() -> Iterator[Running]:
    """A sandbox with limits too high to matter: they have their own tests."""
    with run_sandbox(rate_scale=1000.0) as running:
        yield running


@pytest.fixture(scope="session")
def ledger(vendors_documents: None, contract_sandbox: Running) -> Ledger:
    return Ledger(contract_sandbox, oracle.judge_of_calls(contract_sandbox.url, OF_SANDBOX))
