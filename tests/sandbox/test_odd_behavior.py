"""What SmartRecruiters may do beyond its documentation: late reads, odd elements, merged profiles, re-cased ids."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest

from sandbox import signature
from sandbox.clock import parse_time, vendor_time
from tests.sandbox.receiver import Receiver
from tests.sandbox.running import Running, refusal
from tests.sandbox.subscribing import move_maya, subscribe
from tests.sandbox.test_merging_and_transferring import merge

TAG = "Crosschq tag"


def application(sandbox: Running, name: str = "Maya Osei", job: str = "Backend Engineer") -> str:
    return f"/candidates/{sandbox.candidate(name)}/jobs/{sandbox.job(job)}"


def tag_of(api: httpx.Client, sandbox: Running) -> Any:
    job = api.get(f"/jobs/{sandbox.job('Backend Engineer')}").json()
    return next(item["value"] for item in job["properties"] if isinstance(item, dict) and item.get("label") == TAG)


def names_of(answer: httpx.Response) -> list[str]:
    return [item["firstName"] for item in answer.json()["content"]]


def test_a_move_is_read_only_after_the_lag(sandbox: Running) -> None:
    sandbox.act("switches", read_lag=120)
    api, url = sandbox.admin(), application(sandbox)
    before = api.get(url).json()
    entries = api.get(f"{url}/status/history").json()["totalFound"]
    move_maya(sandbox)
    at_step = {"status": "INTERVIEW", "subStatus": "Crosschq"}
    assert api.get(url).json() == before
    assert api.get(f"{url}/status/history").json()["totalFound"] == entries
    assert "Maya" not in names_of(api.get("/candidates", params=at_step))
    sandbox.act("advance", seconds=20)
    assert api.get(url).json() == before
    sandbox.act("advance", seconds=100)
    assert api.get(url).json()["subStatus"] == "Crosschq"
    assert api.get(f"{url}/status/history").json()["totalFound"] == entries + 1
    assert "Maya" in names_of(api.get("/candidates", params=at_step))


def test_a_changed_job_team_or_candidate_is_read_only_after_the_lag(sandbox: Running) -> None:
    sandbox.act("switches", read_lag=120)
    api, job, maya = sandbox.admin(), sandbox.job("Backend Engineer"), sandbox.candidate("Maya Osei")
    team = api.get(f"/jobs/{job}/hiring-team").json()
    sandbox.act("job-tag", job_id=job, tag="new")
    api.delete(f"/jobs/{job}/hiring-team/{team['content'][0]['id']}").raise_for_status()
    api.patch(f"/candidates/{maya}", json={"email": "new@example.com"}).raise_for_status()
    assert tag_of(api, sandbox) == {"label": "eng"}
    assert api.get(f"/jobs/{job}/hiring-team").json() == team
    assert api.get(f"/candidates/{maya}").json()["email"] != "new@example.com"
    sandbox.act("advance", seconds=121)
    assert tag_of(api, sandbox) == {"label": "new"}
    assert len(api.get(f"/jobs/{job}/hiring-team").json()["content"]) == len(team["content"]) - 1
    assert api.get(f"/candidates/{maya}").json()["email"] == "new@example.com"


def test_a_write_succeeds_while_reads_lag(sandbox: Running) -> None:
    sandbox.act("switches", read_lag=120)
    api, url = sandbox.admin(), application(sandbox)
    for step in ("Phone interview", "Crosschq"):
        body = {"status": "INTERVIEW", "subStatus": step}
        assert api.put(f"{url}/status", json=body).status_code == 204
    sandbox.act("advance", seconds=121)
    assert api.get(url).json()["subStatus"] == "Crosschq"


def test_lists_contain_odd_elements_and_the_correct_ones(sandbox: Running) -> None:
    api = sandbox.admin()
    urls = [
        "/jobs?sort=job_id&limit=100",
        f"/jobs/{sandbox.job('Backend Engineer')}/hiring-team",
        "/configuration/job-properties",
        "/configuration/hiring-processes",
        "/configuration/sources",
        "/candidates?limit=100",
        f"{application(sandbox)}/status/history",
        f"{application(sandbox)}/attachments",
        "/user-api/v201804/users",
        f"/messages?candidateId={sandbox.candidate('Maya Osei')}",
    ]
    plain = [_content(api.get(url)) for url in urls]
    sandbox.act("switches", odd_elements=True)
    for url, right in zip(urls, plain, strict=True):
        odd = _content(api.get(url))
        assert odd[len(odd) - len(right) :] == right
        assert {type(item) for item in odd} >= {str, int, bool, list, type(None), dict}
    assert api.get("/jobs/none").status_code == 401


def test_the_sandbox_reports_where_a_switch_violates_the_specification(sandbox: Running) -> None:
    api, job = sandbox.admin(), sandbox.job("Backend Engineer")
    api.get(f"/jobs/{job}").raise_for_status()
    assert sandbox.read("deviations") == []
    sandbox.act("switches", team_roles="missing", job_names_process=True)
    team = api.get(f"/jobs/{job}/hiring-team").json()["content"]
    api.get(f"/jobs/{job}").raise_for_status()
    stated = [tuple(each.values()) for each in sandbox.read("deviations")]
    members = [("team_roles", "GET /jobs/{jobId}/hiring-team", f"$.content[{n}]") for n in range(len(team))]
    assert stated == [("job_names_process", "GET /jobs/{jobId}", "$.hiringProcess"), *members]


def test_a_new_candidate_may_be_readable_only_after_the_lag(sandbox: Running) -> None:
    sandbox.act("switches", read_lag=120, new_objects="after_lag", unknown_object="not_found")
    noa = {"first_name": "Noa", "last_name": "Adeyemi", "email": "noa@example.com"}
    made = sandbox.act("seed", candidates=[noa | {"job_id": 0}], jobs=[{"title": "Gardener"}])
    api, who, job = sandbox.admin(), made["candidates"][0], made["jobs"][0]
    urls = [f"/candidates/{who}", f"/jobs/{job}", f"/candidates/{who}/jobs/{job}"]
    assert [api.get(url).status_code for url in urls] == [404] * 3
    assert "Noa" not in names_of(api.get("/candidates", params={"limit": 100}))
    assert api.get(application(sandbox)).status_code == 200
    sandbox.act("advance", seconds=121)
    assert [api.get(url).status_code for url in urls] == [200] * 3


def _content(answer: httpx.Response) -> list[Any]:
    body = answer.raise_for_status().json()
    found: list[Any] = body if isinstance(body, list) else body["content"]
    return found


def test_a_job_shows_odd_values_on_other_fields(sandbox: Running) -> None:
    sandbox.act("switches", odd_elements=True)
    api = sandbox.admin()
    job = api.get(f"/jobs/{sandbox.job('Backend Engineer')}").json()
    values = [item["value"] for item in job["properties"] if isinstance(item, dict)]
    assert {type(value) for value in values} >= {str, int, bool, list, dict, type(None)}
    assert tag_of(api, sandbox) == {"label": "eng"}


@pytest.mark.parametrize(("tag", "shown"), [("eng", "eng"), ("42", 42)])
def test_a_free_text_may_be_the_value_itself(sandbox: Running, tag: str, shown: object) -> None:
    sandbox.act("switches", text_field_value="text")
    sandbox.act("job-tag", job_id=sandbox.job("Backend Engineer"), tag=tag)
    assert tag_of(sandbox.admin(), sandbox) == shown


@pytest.mark.parametrize(("position", "role"), [("renamed", "Hiring Manager"), ("missing", None)])
def test_roles_may_be_renamed_or_missing(sandbox: Running, position: str, role: str | None) -> None:
    sandbox.act("switches", team_roles=position)
    team = sandbox.admin().get(f"/jobs/{sandbox.job('Backend Engineer')}/hiring-team").json()["content"]
    assert role in [member.get("role") for member in team]


def test_times_may_have_no_offset(sandbox: Running) -> None:
    sandbox.act("switches", time_form="no_offset")
    entry = sandbox.admin().get(f"{application(sandbox)}/status/history").json()["content"][0]
    assert len(entry["changedOn"]) == len("2026-01-31T09:00:00.000")


@pytest.mark.parametrize(("position", "body"), [("no_id", {"shareRequired": False}), ("empty", None)])
def test_the_response_to_a_note_may_lack_its_id(sandbox: Running, position: str, body: object) -> None:
    sandbox.act("switches", note_answer=position)
    content = f"#[CANDIDATE:{sandbox.candidate('Maya Osei')}] hello"
    made = sandbox.admin().post("/messages/shares", json={"content": content, "shareWith": {"openNote": True}})
    assert made.status_code == 201
    assert (made.json() if made.content else None) == body
    assert [note["content"] for note in sandbox.profile("Maya Osei")["notes"]] == [content]


def test_a_merged_profile_may_be_read_under_its_old_id(sandbox: Running) -> None:
    sandbox.act("switches", merged_profile="survivor")
    api, maya, jonas = sandbox.admin(), sandbox.candidate("Maya Osei"), sandbox.candidate("Jonas Lind")
    job = sandbox.job("Sales Lead")
    merge(sandbox, "Maya Osei", "Jonas Lind")
    assert api.get(f"/candidates/{jonas}").json()["id"] == maya
    assert api.get(f"/candidates/{jonas}/jobs/{job}").json() == api.get(f"/candidates/{maya}/jobs/{job}").json()
    assert api.get(f"/candidates/{jonas}/jobs/{job}/status/history").status_code == 200
    note = {"content": f"#[CANDIDATE:{jonas}] hello", "shareWith": {"openNote": True}}
    assert refusal(api.post("/messages/shares", json=note)) == (400, "NO_ACCESS_TO_CANDIDATE")


def test_ids_may_be_uppercase_in_events(sandbox: Running, receiver: Receiver) -> None:
    sandbox.act("switches", id_case="upper_in_events")
    subscribe(sandbox, receiver)
    move_maya(sandbox)
    sandbox.settle()
    (got,) = receiver.callbacks
    body, maya = json.loads(got.body), sandbox.candidate("Maya Osei")
    assert body["candidate_id"] == maya.upper() != maya
    api = sandbox.admin()
    assert api.get(f"/candidates/{body['candidate_id']}").json()["id"] == maya
    assert api.get(f"/candidates/{body['candidate_id']}/jobs/{body['job_id']}").status_code == 200
    note = {"content": f"#[CANDIDATE:{maya.upper()}] hello", "shareWith": {"openNote": True}}
    assert api.post("/messages/shares", json=note).status_code == 201
    assert len(sandbox.profile("Maya Osei")["notes"]) == 1


def test_ids_may_be_uppercase_in_responses(sandbox: Running) -> None:
    sandbox.act("switches", id_case="upper_in_reads")
    api, maya, job = sandbox.admin(), sandbox.candidate("Maya Osei"), sandbox.job("Backend Engineer")
    assert api.get(f"/candidates/{maya}").json()["id"] == maya.upper()
    found = api.get("/candidates", params={"jobId": job.upper(), "limit": "100"}).json()["content"]
    assert maya.upper() in [item["id"] for item in found]


def test_a_move_may_leave_the_update_time_unchanged(sandbox: Running) -> None:
    sandbox.act("switches", update_time_covers_moves=False)
    api, before = sandbox.admin(), sandbox.admin().get(f"/candidates/{sandbox.candidate('Maya Osei')}").json()
    move_maya(sandbox)
    after = api.get(f"/candidates/{sandbox.candidate('Maya Osei')}").json()
    assert after["updatedOn"] == before["updatedOn"]
    later = parse_time(before["updatedOn"]) + timedelta(seconds=1)
    found = {"status": "INTERVIEW", "subStatus": "Crosschq", "updatedAfter": vendor_time(later), "limit": "100"}
    assert "Maya" not in names_of(api.get("/candidates", params=found))
    del found["updatedAfter"]
    assert "Maya" in names_of(api.get("/candidates", params=found))


@pytest.mark.parametrize(("hex_case", "separator"), [("upper", "comma"), ("lower", "comma"), ("upper", "semicolon")])
def test_signatures_may_be_uppercase_and_separated_by_commas(
    sandbox: Running, receiver: Receiver, hex_case: str, separator: str
) -> None:
    sandbox.act("switches", signature_hex=hex_case, signature_separator=separator)
    subscribed = subscribe(sandbox, receiver)
    second = subscribed.api.post(f"{subscribed.url}/secret-key").json()["secretKey"]
    move_maya(sandbox)
    sandbox.settle()
    (got,) = receiver.callbacks
    parts: dict[str, Any] = {
        "timestamp": got.headers["smartrecruiters-timestamp"],
        "body": got.body,
        "event_id": got.event_id,
        "event_name": got.headers["event-name"],
        "event_version": got.headers["event-version"],
        "link": got.headers["link"],
    }
    made = [signature.v1(key, **parts) for key in (second, subscribed.key)]
    expected = [f"v1={digits.upper() if hex_case == 'upper' else digits}" for digits in made]
    joined = ("," if separator == "comma" else ";").join(expected)
    assert got.headers["smartrecruiters-signature"] == joined
