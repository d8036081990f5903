"""The control plane: reset, seed, and what it refuses."""

from __future__ import annotations

import pytest

from tests.sandbox.receiver import Receiver
from tests.sandbox.running import Running, run_sandbox
from tests.sandbox.subscribing import move_maya, subscribe


def test_a_saved_state_can_be_restored_repeatedly(sandbox: Running) -> None:
    tokens = sandbox.connect()
    kept = sandbox.state()
    sandbox.act("keep", name="connected")
    for _ in range(2):
        sandbox.act("advance", seconds=3600)
        sandbox.act("revoke")
        assert sandbox.api(tokens).get("/users/me").status_code == 401
        sandbox.act("restore", name="connected")
        assert sandbox.state() | {"clock": {}} == kept | {"clock": {}}
        assert sandbox.api(tokens).get("/users/me").status_code == 200


def test_a_reset_clears_everything_but_keeps_the_ids(sandbox: Running, receiver: Receiver) -> None:
    before = sandbox.state()
    subscribe(sandbox, receiver)
    move_maya(sandbox)
    sandbox.act("advance", seconds=60)
    sandbox.act("reset")
    after = sandbox.state()
    assert after["clock"]["elapsed"] == 0
    assert after["subscriptions"] == after["grants"] == []
    assert after["jobs"] == before["jobs"]
    assert after["candidates"] == before["candidates"]


def test_the_seed_determines_the_ids(sandbox: Running) -> None:
    with run_sandbox(seed=2) as other:
        assert other.job("Backend Engineer") != sandbox.job("Backend Engineer")


def test_more_jobs_and_candidates_can_be_added(sandbox: Running) -> None:
    team = [{"user_id": sandbox.user("Dana Ruiz"), "role": "RECRUITER"}]
    made = sandbox.act(
        "seed",
        jobs=[{"title": "Designer", "tag": "design", "team": team}],
        candidates=[
            {"first_name": "Ana", "last_name": f"N{number}", "email": f"ana{number}@example.com", "job_id": 0}
            for number in range(50)
        ],
    )
    assert len(made["candidates"]) == 50
    api = sandbox.api(sandbox.connect())
    job = api.get(f"/jobs/{made['jobs'][0]}").raise_for_status().json()
    assert job["properties"][0]["value"] == {"label": "design"}
    found = api.get("/candidates", params={"jobId": made["jobs"][0]}).json()
    assert found["totalFound"] == 50


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("move", {}, 400),
        ("move", {"candidate_id": "x", "job_id": "y", "status": "NEW"}, 404),
        ("advance", {"seconds": -1}, 400),
        ("advance", {"seconds": "60"}, 400),
        ("advance", {"seconds": 1e300}, 400),
        ("job-tag", {"job_id": "x", "tag": ""}, 404),
        ("redeliver", {"event_id": "x"}, 404),
        ("duplicate", {"event_id": "x"}, 404),
        ("release", {"order": 7}, 400),
        ("release", {"order": ["x"]}, 400),
        ("switches", {"suspend_after": -1}, 400),
        ("seed", {"jobs": [{}]}, 400),
        ("seed", {"candidates": [{"first_name": "A", "last_name": "B", "job_id": 3}]}, 400),
        ("seed", {"people": []}, 400),
        ("seed", {"jobs": [{"title": "A", "team": [{"user_id": {}, "role": "RECRUITER"}]}]}, 400),
        ("revoke", {"user_id": 7}, 400),
    ],
)
def test_an_invalid_request_is_rejected(sandbox: Running, path: str, body: dict[str, object], status: int) -> None:
    assert sandbox.http.post(f"/_sandbox/{path}", json=body).status_code == status


def test_a_form_from_another_site_cannot_reach_the_control_plane(sandbox: Running) -> None:
    plain = {"Content-Type": "text/plain"}
    assert sandbox.http.post("/_sandbox/reset", content=b"{}", headers=plain).status_code == 415
    assert sandbox.http.get("/_sandbox/reset").status_code == 405
