"""Open questions 2, 3, 4, 8: token endpoint responses and errors."""

from __future__ import annotations

import pytest

from tests.sandbox.running import Running, run_sandbox


def test_the_status_of_token_errors_can_be_switched(sandbox: Running) -> None:
    dead = {"grant_type": "refresh_token", "refresh_token": "x"}
    assert sandbox.token(**dead).status_code == 400
    assert sandbox.token(**dead, client_secret="wrong").status_code == 401
    sandbox.act("switches", invalid_grant_status=401, invalid_client_status=400)
    refused = sandbox.token(**dead)
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_grant")
    assert sandbox.token(**dead, client_secret="wrong").status_code == 400


@pytest.mark.parametrize(("position", "keys"), [("vendor", {"errors"}), ("empty", set())])
def test_the_body_of_token_errors_can_be_switched(sandbox: Running, position: str, keys: set[str]) -> None:
    sandbox.act("switches", oauth_error_body=position)
    refused = sandbox.token(grant_type="refresh_token", refresh_token="x")
    assert (refused.status_code, set(refused.json())) == (400, keys)


def test_reusing_a_refresh_token_leaves_the_newer_one_valid(sandbox: Running) -> None:
    first = sandbox.connect()
    second = sandbox.token(grant_type="refresh_token", refresh_token=first.refresh).json()
    assert sandbox.token(grant_type="refresh_token", refresh_token=first.refresh).status_code == 400
    assert sandbox.token(grant_type="refresh_token", refresh_token=second["refresh_token"]).status_code == 200


def test_reusing_a_refresh_token_may_end_the_whole_grant(sandbox: Running) -> None:
    sandbox.act("switches", spent_refresh_token="ends_grant")
    first = sandbox.connect()
    second = sandbox.token(grant_type="refresh_token", refresh_token=first.refresh).json()
    assert sandbox.token(grant_type="refresh_token", refresh_token=first.refresh).status_code == 400
    assert sandbox.token(grant_type="refresh_token", refresh_token=second["refresh_token"]).status_code == 400
    headers = {"Authorization": f"Bearer {second['access_token']}"}
    assert sandbox.http.get("/jobs", headers=headers).status_code == 401


def test_a_used_refresh_token_may_work_again(sandbox: Running) -> None:
    sandbox.act("switches", spent_refresh_token="accepted")
    first = sandbox.connect()
    for _ in range(2):
        assert sandbox.token(grant_type="refresh_token", refresh_token=first.refresh).status_code == 200


@pytest.mark.parametrize(("position", "later"), [("empty_unused", 200), ("empty_used", 400)])
def test_an_empty_response_may_use_up_the_token(sandbox: Running, position: str, later: int) -> None:
    tokens = sandbox.connect()
    sandbox.act("switches", exchange_answer=position)
    empty = sandbox.token(grant_type="refresh_token", refresh_token=tokens.refresh)
    assert (empty.status_code, empty.json()) == (200, {})
    sandbox.act("switches", exchange_answer="full")
    assert sandbox.token(grant_type="refresh_token", refresh_token=tokens.refresh).status_code == later


@pytest.mark.parametrize(
    ("position", "body"), [("message", '{"message":"Job access denied."}'), ("empty", ""), ("html", "<html>")]
)
def test_the_body_of_errors_can_be_switched(sandbox: Running, position: str, body: str) -> None:
    sandbox.act("switches", refusal_body=position)
    api = sandbox.api(sandbox.connect(scopes=("jobs_read",)))
    denied = api.get("/jobs/none")
    assert denied.status_code == 401
    assert denied.text.startswith(body)
    assert bool(denied.text) == bool(body)
    assert "errors" not in sandbox.http.get("/jobs").text
    assert "errors" not in api.get("/configuration/sources").text
    assert api.get("/jobs", params={"pageId": "x"}).json()["errors"][0]["code"] == "INVALID_PAGE_ID"


def test_a_429_may_include_retry_after_and_omit_the_limit_headers() -> None:
    with run_sandbox(rate_scale=0.01) as slow, slow.api(slow.connect()) as api:
        slow.act("switches", retry_after=7, limit_headers="unless_refused")
        answers = [api.get("/jobs") for _ in range(11)]
        assert (answers[-1].status_code, answers[-1].headers["retry-after"]) == (429, "7")
        assert "x-ratelimit-limit" not in answers[-1].headers
        assert answers[0].headers["x-ratelimit-limit"] == "10"
        assert "retry-after" not in answers[0].headers


def test_a_429_fault_looks_like_a_real_429(sandbox: Running) -> None:
    api = sandbox.api(sandbox.connect())
    sandbox.act("faults", route="GET /jobs", kind="status", status=429)
    answer = api.get("/jobs")
    assert (answer.status_code, answer.headers["x-ratelimit-remaining"]) == (429, "0")
    assert api.get("/jobs").status_code == 200
