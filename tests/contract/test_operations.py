"""Every request that the client can make and every response of the sandbox match the vendor's document."""

from __future__ import annotations

import sys

import pytest

from connectors import ats
from connectors.smartrecruiters import oauth
from connectors.smartrecruiters.client import Operation
from scripts.stack.stack import TEST_FOLDER
from tests.contract import oracle
from tests.contract.all_cases import CASES
from tests.contract.cases import Case
from tests.contract.ledger import UNREACHED, Ledger, wanted
from tests.contract.operations import OF_SANDBOX, OPERATIONS, OURS
from tests.contract.stage import Stage
from tests.sandbox.running import Running

TABLE = TEST_FOLDER / "contract.md"
ANY_ID = {"id": "x", "jobId": "x", "sourceType": "x"}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_an_exchange_matches_the_vendors_document(case: Case, ledger: Ledger) -> None:
    ledger.play(case)


@pytest.mark.slow
def test_no_operation_of_the_client_or_the_sandbox_is_missing_from_the_table(ledger: Ledger) -> None:
    failed = ledger.play_all()
    parts = [
        ledger.table(OURS),
        "Answered by the sandbox, and not used by the product:\n\n",
        ledger.table(OF_SANDBOX - OURS),
    ]
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_text("\n".join(parts), encoding="utf-8")
    sys.stdout.write("\n".join(parts))
    assert not failed
    assert OF_SANDBOX >= OURS
    assert ledger.ours == OURS
    assert ledger.requests.keys() == ledger.answers.keys() == OF_SANDBOX
    every = {(endpoint, *error) for endpoint in OF_SANDBOX for error in wanted(endpoint)}
    assert every - ledger.reached == UNREACHED.keys()
    assert UNREACHED.keys() <= every


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=lambda operation: operation.endpoint)
def test_an_operation_lists_the_scopes_of_which_any_one_is_enough(
    operation: Operation, vendors_documents: None, contract_sandbox: Running
) -> None:
    assert set(operation.scopes) == oracle.scopes(operation.endpoint)
    stage = Stage(contract_sandbox)
    others = tuple(scope for scope in oauth.SCOPES if scope not in operation.scopes)
    with stage.lit(), pytest.raises(ats.Forbidden) as refused:
        stage.ats(scopes=others).client.send(operation, ANY_ID)
    assert refused.value.scope == " or ".join(operation.scopes)
    for scope in operation.scopes:
        with stage.lit():
            assert _passes(stage, operation, scope)


def _passes(stage: Stage, operation: Operation, scope: str) -> bool:
    """Whether a call passes the scope check, regardless of its result."""
    try:
        stage.ats(scopes=(scope,)).client.send(operation, ANY_ID)
    except ats.Forbidden as refused:
        return "lacks the permission" not in refused.sentence
    except ats.AtsError:
        return True
    return True


def test_we_request_one_scope_of_each_operation() -> None:
    asked = set(oauth.SCOPES)
    assert [operation.endpoint for operation in OPERATIONS.values() if not asked & set(operation.scopes)] == []


def test_only_the_candidate_search_needs_exclusive_access_to_its_endpoint() -> None:
    assert [operation.endpoint for operation in OPERATIONS.values() if operation.exclusive] == ["GET /candidates"]
