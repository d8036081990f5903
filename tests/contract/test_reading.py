"""Everything that the product reads, from the sandbox and, if a token is set, from a real account.

SMARTRECRUITERS_CONTRACT_TOKEN is an access token of an administrator with the scopes that the product asks for. Only
GET requests are made, and no response is shown.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from django.test import override_settings
from openapi_core.exceptions import OpenAPIError

from connectors import ats
from connectors.smartrecruiters.adapter import SmartRecruitersAts
from connectors.smartrecruiters.client import Client
from tests.contract import oracle
from tests.contract.operations import OPERATIONS
from tests.contract.stage import Exchange, Held, Wire
from tests.sandbox.running import Running

TOKEN = os.environ.get("SMARTRECRUITERS_CONTRACT_TOKEN", "")
NO_TOKEN = "SMARTRECRUITERS_CONTRACT_TOKEN is not set"
ACCOUNT_HOST = "api.smartrecruiters.com"
SOME, STEPS = 3, 20
READS = {endpoint for endpoint in OPERATIONS if endpoint.startswith("GET ")}


@dataclass
class Account:
    """A company's account, its client, and a validator of the exchanges."""

    url: str
    token: str
    judge: oracle.Judge
    wire: Wire = field(default_factory=Wire)

    def problem(self, exchange: Exchange) -> str:
        try:
            self.judge.check_request(exchange.request, exchange.endpoint)
            self.judge.check_answer(exchange.answer)
        except (OpenAPIError, AssertionError) as problem:
            return oracle.in_one_line(problem)
        return ""

    @property
    def ats(self) -> SmartRecruitersAts:
        return SmartRecruitersAts(Client(api_url=self.url, tokens=Held(self.token), limiter=self.wire))


@pytest.fixture
def sandbox_account(contract_sandbox: Running, vendors_documents: None) -> Account:
    judge = oracle.judge_of_calls(contract_sandbox.url, OPERATIONS)
    token = contract_sandbox.connect().access
    contract_sandbox.close_clients()
    return Account(contract_sandbox.url, token, judge)


@pytest.fixture
def real_account(vendors_documents: None) -> Iterator[Account]:
    # The document is older than the service: properties it doesn't know are no error.
    judge = oracle.judge_of_calls(oracle.API, OPERATIONS, strict=False)
    with override_settings(OUTBOUND_HOSTS=[ACCOUNT_HOST]):
        yield Account(oracle.API, TOKEN, judge)


def test_the_sandbox_responds_as_documented(sandbox_account: Account) -> None:
    read_everything(sandbox_account)
    asked = {exchange.endpoint for exchange in sandbox_account.wire.exchanges}
    assert READS - asked <= {endpoint for endpoint in READS if "/subscriptions/{id}" in endpoint}


@pytest.mark.skipif(not TOKEN, reason=NO_TOKEN)
@pytest.mark.allow_hosts([ACCOUNT_HOST])
def test_a_real_account_responds_as_documented(real_account: Account) -> None:
    read_everything(real_account)


def read_everything(account: Account) -> None:
    """Make each read once or a few times, using ids found on the way, and validate every exchange."""
    client = account.ats
    with account.wire.tapped(only_reads=True):
        _read_company(client)
        _read_jobs_and_candidates(client)
        _read_subscriptions(client)
    problems = [f"{exchange.endpoint}: {account.problem(exchange)}" for exchange in account.wire.exchanges]
    assert [problem for problem in problems if not problem.endswith(": ")] == []
    assert all(isinstance(limit, int) for limit in account.wire.limits)


def _read_company(client: ats.Ats) -> None:
    client.company()
    me, people = client.me(), client.users()
    # Compared outside the assertion, which would print the values.
    read_alike = client.user(me.id) == me in people
    assert read_alike
    for job_field in client.job_fields()[:SOME]:
        client.job_field_choices(job_field.id)
    assert client.hiring_processes()
    for kind in client.source_types()[:SOME]:
        client.sources(kind.id)


def _read_jobs_and_candidates(client: ats.Ats) -> None:
    for summary in client.jobs()[:SOME]:
        job = client.job(summary.id)
        same_job = (job.id, job.title) == (summary.id, summary.title)
        assert same_job
        client.hiring_team(job.id)
    for found in _some_at_a_step(client)[:SOME]:
        candidate = client.candidate(found.id)
        same_person = candidate.last_name == found.last_name
        assert same_person
        client.search(candidate.last_name, job_id=found.job_ids[0])
        client.note_exists(candidate_id=found.id, containing="crosschq")
        ids = {"candidate_id": found.id, "job_id": found.job_ids[0]}
        client.application(**ids)
        client.history(**ids)
        client.file_exists(**ids, name="crosschq")


def _some_at_a_step(client: ats.Ats) -> list[ats.CandidateSummary]:
    """Some candidates at one of the steps."""
    since = datetime.now(UTC) - timedelta(days=90)
    steps = sorted({step.name for process in client.hiring_processes() for step in process.steps})
    for step in steps[:STEPS]:
        standing = client.at_step(step, updated_after=since)
        if standing:
            return standing
    return []


def _read_subscriptions(client: ats.Ats) -> None:
    for hook in client.webhooks()[:SOME]:
        same_hook = client.webhook(hook.id) == hook
        assert same_hook
        client.failed_deliveries(hook.id, after=datetime.now(UTC) - timedelta(days=20))
