"""Bearer tokens, scopes, rate limits, the request log, bodies that cannot be read."""

from __future__ import annotations

import pytest

from sandbox.ratelimit import Limiter
from tests.sandbox.running import CLIENT_ID, Running, run_sandbox

LIMIT_HEADERS = {
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-concurrent-limit",
    "x-ratelimit-concurrent-remaining",
}


@pytest.mark.parametrize("header", [None, "Bearer", "Bearer wrong", "Basic abc", "Bearer é"])
def test_a_call_without_a_live_token_returns_401_in_the_vendors_format(sandbox: Running, header: str | None) -> None:
    headers = [] if header is None else [(b"Authorization", header.encode())]
    answer = sandbox.http.get("/jobs", headers=headers)
    assert answer.status_code == 401
    assert answer.json()["errors"][0]["code"]
    assert set(answer.headers) >= LIMIT_HEADERS


def test_a_missing_scope_returns_403_and_names_what_is_needed(sandbox: Running) -> None:
    api = sandbox.api(sandbox.connect(scopes=("jobs_read",)))
    assert api.get("/jobs").status_code == 200
    refused = api.get("/configuration/hiring-processes")
    assert refused.status_code == 403
    assert "OAuthPermissionsException" in refused.json()["message"]
    assert "configuration_read" in refused.json()["message"]
    assert api.post("/messages/shares", json={"content": "x"}).status_code == 403


def test_one_of_several_scopes_is_enough(sandbox: Running) -> None:
    api = sandbox.api(sandbox.connect(scopes=("company_read", "candidate_status_read")))
    assert api.get("/configuration/company").status_code == 200
    url = f"/candidates/{sandbox.candidate('Maya Osei')}/jobs/{sandbox.job('Backend Engineer')}"
    assert api.get(f"{url}/status/history").status_code == 200
    assert api.get(url).status_code == 403


def test_the_eleventh_call_of_a_second_returns_429() -> None:
    with run_sandbox(rate_scale=0.01) as slow, slow.api(slow.connect()) as api:
        answers = [api.get("/jobs") for _ in range(11)]
        assert [answer.status_code for answer in answers] == [200] * 10 + [429]
        assert [answer.headers["x-ratelimit-remaining"] for answer in answers][:3] == ["9", "8", "7"]
        assert answers[-1].headers["x-ratelimit-remaining"] == "0"
        assert "retry-after" not in answers[-1].headers
        assert api.get("/configuration/company").status_code == 200


def test_one_search_of_candidates_and_eight_other_calls_run_at_the_same_time() -> None:
    limiter = Limiter()
    assert [limiter.enter("app", "GET /candidates") for _ in range(2)] == [True, False]
    limiter.leave("app", "GET /candidates")
    assert limiter.enter("app", "GET /candidates")
    assert limiter.enter("another app", "GET /candidates")
    assert [limiter.enter("app", "GET /jobs/{jobId}") for _ in range(9)] == [True] * 8 + [False]
    assert limiter.headers("app", "GET /jobs/{jobId}")["X-RateLimit-Concurrent-Remaining"] == "0"


def test_every_call_is_logged_with_its_documented_path(sandbox: Running) -> None:
    api = sandbox.api(sandbox.connect())
    sandbox.act("requests/clear")
    job = sandbox.job("Sales Lead")
    api.get(f"/jobs/{job}")
    api.get("/jobs/x/y/z")
    sandbox.http.get("/jobs")
    known, unknown, anonymous = sandbox.read("requests")
    assert (known["method"], known["template"], known["path"]) == ("GET", "/jobs/{jobId}", f"/jobs/{job}")
    assert (known["status"], known["client"], known["user"]) == (200, CLIENT_ID, sandbox.user("Ada Integration"))
    assert (unknown["template"], unknown["status"]) == (None, 404)
    assert (anonymous["client"], anonymous["status"]) == (None, 401)
    assert [entry["seq"] for entry in sandbox.read("requests", after=str(known["seq"]))] == [
        unknown["seq"],
        anonymous["seq"],
    ]
    assert sandbox.read("requests", template="/jobs/{jobId}") == [known]


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff", b"[" * 100_000, b'{"content": NaN}', b'"text"', b'{"content": "\\ud800"}', b"x" * 1_000_001],
)
def test_an_unreadable_body_gets_an_error(sandbox: Running, body: bytes) -> None:
    api = sandbox.api(sandbox.connect())
    answer = api.post("/messages/shares", content=body)
    assert answer.status_code in (400, 413)
    assert answer.json()["errors"]


def test_another_name_of_this_machine_is_refused(sandbox: Running) -> None:
    assert sandbox.http.get("/_sandbox/state", headers={"Host": "evil.example"}).status_code == 421
