"""The validator refuses what isn't documented: a contract that nothing can violate proves nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from openapi_core.exceptions import OpenAPIError

from tests.contract.all_cases import CASES
from tests.contract.cases import Case
from tests.contract.ledger import Ledger
from tests.contract.oracle import TOKEN_ENDPOINT, Judge
from tests.contract.stage import Exchange

Spoiled = tuple[str, Any]


def first(ledger: Ledger, endpoint: str) -> Exchange:
    """The success of an operation's first case with the most content."""
    case: Case = next(case for case in CASES if case.endpoint == endpoint and case.error is None)
    found = [e for e in ledger.exchanges_of(case) if e.endpoint == endpoint and e.answer.ok]
    return max(found, key=lambda exchange: len(exchange.answer.content))


def with_body(answer: requests.Response, body: Any) -> requests.Response:
    spoiled = requests.Response()
    spoiled.status_code, spoiled.headers, spoiled.request = answer.status_code, answer.headers, answer.request
    spoiled._content = json.dumps(body).encode()
    return spoiled


def spoiled(body: Any) -> Iterator[Spoiled]:
    """The body with one error, and that error: in its first object, at any depth."""
    holder = next(iter(body["content"]), None) if isinstance(body, dict) and "content" in body else body
    if isinstance(holder, list):
        holder = holder[0]
    if not isinstance(holder, dict):
        return
    for name in list(holder):
        kept = holder[name]
        holder[name] = {"odd": 1} if not isinstance(kept, dict) else "odd"
        yield f"{name} of another type", json.loads(json.dumps(body))
        holder[name] = kept
    holder["inventedHere"] = 1
    yield "a field that is not documented", json.loads(json.dumps(body))
    del holder["inventedHere"]


def passes(judge: Judge, answer: requests.Response) -> bool:
    try:
        judge.check_answer(answer)
    except OpenAPIError:
        return False
    return True


@pytest.mark.parametrize(
    "endpoint",
    [
        "GET /candidates",
        "GET /candidates/{id}",
        "GET /candidates/{id}/jobs/{jobId}",
        "GET /configuration/company",
        "GET /configuration/hiring-processes",
        "GET /configuration/job-properties",
        "GET /jobs",
        "GET /jobs/{jobId}",
        "GET /jobs/{jobId}/hiring-team",
        "GET /jobs/{jobId}/status/history",
        "GET /users",
        "GET /users/{id}",
        "GET /user-api/v201804/users",
        "GET /user-api/v201804/users/{id}",
        "GET /webhooks-api/v201907/subscriptions",
        "GET /webhooks-api/v201907/subscriptions/{id}/callbacks-log",
        "POST /identity/oauth/token",
    ],
)
def test_a_response_with_one_error_is_refused(endpoint: str, ledger: Ledger) -> None:
    good = first(ledger, endpoint).answer
    ledger.judge.check_answer(good)
    wrong = list(spoiled(good.json()))
    assert len(wrong) > 2
    assert [what for what, body in wrong if passes(ledger.judge, with_body(good, body))] == []


def test_an_undocumented_status_is_refused(ledger: Ledger) -> None:
    answer = with_body(first(ledger, "GET /jobs").answer, {"errors": [{"code": "TEAPOT"}]})
    answer.status_code = 418
    with pytest.raises(OpenAPIError):
        ledger.judge.check_answer(answer)


def test_an_error_without_a_code_is_refused(ledger: Ledger) -> None:
    answer = with_body(first(ledger, "GET /jobs").answer, {"errors": [{"message": "No."}]})
    answer.status_code = 400
    with pytest.raises(OpenAPIError):
        ledger.judge.check_answer(answer)


@pytest.mark.parametrize(
    ("endpoint", "query"),
    [
        ("GET /jobs", "limit=101"),
        ("GET /jobs", "sort=title"),
        ("GET /jobs", "invented=1"),
        ("GET /candidates", "status=ON_HOLD"),
        ("GET /candidates", "updatedAfter=yesterday"),
        ("GET /user-api/v201804/users", "offset=10"),
        ("GET /users", "offset=-1"),
        ("GET /users", "pageId=x"),
        ("GET /messages", "limit=10"),
    ],
)
def test_a_request_with_a_wrong_parameter_is_refused(endpoint: str, query: str, judge: Judge, api_url: str) -> None:
    request = requests.Request("GET", f"{api_url}{endpoint.partition(' ')[2]}?{query}").prepare()
    with pytest.raises((OpenAPIError, AssertionError)):
        judge.check_request(request, endpoint)


@pytest.mark.parametrize(
    ("endpoint", "body"),
    [
        ("POST /candidates", {"firstName": "Ana", "lastName": "Souza"}),
        ("POST /candidates", {"firstName": "Ana", "lastName": "Souza", "email": "ana"}),
        ("POST /candidates", {"firstName": "Ana", "lastName": "Souza", "email": "a@b.example", "mail": "x"}),
        ("POST /messages/shares", {"content": ""}),
        ("POST /messages/shares", {"content": "x", "shareWith": {"open": True}}),
        ("POST /webhooks-api/v201907/subscriptions", {"callbackUrl": "http://a.example/", "events": ["job.updated"]}),
        ("POST /webhooks-api/v201907/subscriptions", {"callbackUrl": "https://a.example/", "events": ["job.gone"]}),
        ("POST /webhooks-api/v201907/subscriptions", {"callbackUrl": "https://a.example/", "events": []}),
    ],
)
def test_a_request_with_a_wrong_body_is_refused(endpoint: str, body: Any, judge: Judge, api_url: str) -> None:
    request = requests.Request("POST", f"{api_url}{endpoint.partition(' ')[2]}", json=body).prepare()
    with pytest.raises(OpenAPIError):
        judge.check_request(request, endpoint)


@pytest.mark.parametrize("fields", [{"attachmentType": "REPORT"}, {}, {"attachmentType": "RESUME", "invented": "x"}])
def test_an_upload_with_a_wrong_field_is_refused(fields: dict[str, str], judge: Judge, api_url: str) -> None:
    endpoint = "POST /candidates/{id}/jobs/{jobId}/attachments"
    files = {"file": ("report.pdf", b"%PDF", "application/pdf")}
    url = f"{api_url}/candidates/1/jobs/2/attachments"
    good = requests.Request("POST", url, data={"attachmentType": "GENERIC_FILE"}, files=files).prepare()
    judge.check_request(good, endpoint)
    with pytest.raises((OpenAPIError, AssertionError)):
        judge.check_request(requests.Request("POST", url, data=fields, files=files).prepare(), endpoint)


@pytest.mark.parametrize(
    "changed", [{"client_secret": None}, {"code": None}, {"grant_type": "password"}, {"refresh_token": "r"}], ids=str
)
def test_a_token_request_with_a_wrong_field_is_refused(
    changed: dict[str, str | None], judge: Judge, api_url: str
) -> None:
    form = {"grant_type": "authorization_code", "code": "c", "client_id": "i", "client_secret": "s"}
    url = api_url + TOKEN_ENDPOINT.partition(" ")[2]
    judge.check_request(requests.Request("POST", url, data=form).prepare(), TOKEN_ENDPOINT)
    wrong = {name: value for name, value in (form | changed).items() if value is not None}
    with pytest.raises((OpenAPIError, AssertionError)):
        judge.check_request(requests.Request("POST", url, data=wrong).prepare(), TOKEN_ENDPOINT)


def test_a_request_sent_as_another_operation_is_refused(judge: Judge, api_url: str) -> None:
    request = requests.Request("GET", f"{api_url}/jobs/1").prepare()
    judge.check_request(request, "GET /jobs/{jobId}")
    with pytest.raises(AssertionError, match="/jobs/1 is not GET /jobs/"):
        judge.check_request(request, "GET /jobs/{jobId}/hiring-team")


@pytest.fixture
def judge(ledger: Ledger) -> Judge:
    return ledger.judge


@pytest.fixture
def api_url(running_contract_sandbox: Any) -> str:
    return str(running_contract_sandbox.url)
