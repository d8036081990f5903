"""Faults: each kind, its timing, and its number of calls."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

from sandbox.faults import Faults
from tests.sandbox.running import Running

SHARE = "POST /messages/shares"


def notes(sandbox: Running) -> int:
    return sum(len(candidate["notes"]) for candidate in sandbox.state()["candidates"])


def note(sandbox: Running) -> dict[str, Any]:
    content = f"#[CANDIDATE:{sandbox.candidate('Maya Osei')}] ready"
    return {"content": content, "shareWith": {"openNote": True}}


def test_a_status_fault_applies_the_given_number_of_times_without_running_the_call(sandbox: Running) -> None:
    sandbox.act("faults", route=SHARE, kind="status", status=503, times=2)
    api = sandbox.api(sandbox.connect())
    answers = [api.post("/messages/shares", json=note(sandbox)).status_code for _ in range(3)]
    assert answers == [503, 503, 201]
    assert notes(sandbox) == 1
    assert [entry["fault"] for entry in sandbox.read("requests", template="/messages/shares")] == [
        "status",
        "status",
        None,
    ]


@pytest.mark.parametrize(("when", "done"), [("before", 0), ("after", 1)])
def test_a_reset_breaks_the_connection_before_or_after_the_call(sandbox: Running, when: str, done: int) -> None:
    sandbox.act("faults", route=SHARE, kind="reset", when=when)
    with sandbox.api(sandbox.connect()) as api, pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        api.post("/messages/shares", json=note(sandbox))
    assert notes(sandbox) == done


def test_a_truncated_response_ends_in_the_middle_of_its_body(sandbox: Running) -> None:
    sandbox.act("faults", route="/jobs", kind="truncated")
    api = sandbox.api(sandbox.connect())
    with pytest.raises(httpx.RemoteProtocolError):
        api.get("/jobs")
    assert api.get("/jobs").status_code == 200


def test_a_response_can_be_something_other_than_json(sandbox: Running) -> None:
    sandbox.act("faults", route="GET /jobs", kind="not_json")
    api = sandbox.api(sandbox.connect())
    answer = api.get("/jobs")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")


def test_a_delay_holds_back_the_response(sandbox: Running) -> None:
    api = sandbox.api(sandbox.connect())
    sandbox.act("faults", route="*", kind="delay", seconds=0.3)
    start = time.monotonic()
    assert api.get("/jobs").status_code == 200
    assert time.monotonic() - start >= 0.3


def test_the_token_endpoint_can_answer_200_with_nothing(sandbox: Running) -> None:
    tokens = sandbox.connect()
    sandbox.act("faults", route="POST /identity/oauth/token", kind="empty_token")
    empty = sandbox.token(grant_type="refresh_token", refresh_token=tokens.refresh)
    assert (empty.status_code, empty.json()) == (200, {})
    assert sandbox.token(grant_type="refresh_token", refresh_token=tokens.refresh).status_code == 200


def test_a_refresh_whose_response_is_lost_uses_up_the_token(sandbox: Running) -> None:
    tokens = sandbox.connect()
    sandbox.act("faults", route="POST /identity/oauth/token", kind="reset")
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        sandbox.token(grant_type="refresh_token", refresh_token=tokens.refresh)
    again = sandbox.token(grant_type="refresh_token", refresh_token=tokens.refresh)
    assert again.json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"route": "*", "kind": "explode"},
        {"route": "*", "kind": "status", "status": 99},
        {"route": "*", "kind": "status", "times": 0},
        {"route": "*", "kind": "status", "times": "2"},
        {"route": "*", "kind": "delay", "seconds": 301},
        {"route": "SMTP", "kind": "reset"},
        {"route": "*", "kind": "status", "colour": "red"},
    ],
)
def test_an_invalid_fault_is_rejected(sandbox: Running, body: dict[str, Any]) -> None:
    assert sandbox.http.post("/_sandbox/faults", json=body).status_code == 400
    assert sandbox.read("faults") == []


def test_a_fault_can_affect_a_share_of_the_calls() -> None:
    faults = Faults()
    faults.add(route="GET /jobs", kind="status", times=1000, share=0.1)
    struck = [faults.take("GET", "/jobs") is not None for _ in range(500)]
    assert 30 < sum(struck) < 80
    assert (faults.take("GET", "/candidates"), faults.active[0].left) == (None, 1000 - sum(struck))


@pytest.mark.parametrize("share", [0, 1.5, -1])
def test_a_share_is_between_zero_and_one(sandbox: Running, share: float) -> None:
    answer = sandbox.http.post("/_sandbox/faults", json={"route": "*", "kind": "status", "share": share})
    assert (answer.status_code, "share must be" in answer.text) == (400, True)
