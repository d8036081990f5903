"""Open questions 18, 19, 21, 22, 23, 24, 28, 29, and whether a rejection keeps the step."""

from __future__ import annotations

import pytest

from tests.sandbox.receiver import Receiver
from tests.sandbox.running import Running, refusal
from tests.sandbox.subscribing import ALL_EVENTS, events_received, move_maya, subscribe
from tests.sandbox.test_attachments import PDF, files_url, upload
from tests.sandbox.test_creating_candidates import ZOE, on_job

MAYA = {"firstName": "M.", "lastName": "Osei", "email": "maya.osei@example.com"}


def test_a_known_candidate_may_be_left_unchanged(sandbox: Running, receiver: Receiver) -> None:
    subscribe(sandbox, receiver, events=ALL_EVENTS)
    sandbox.act("switches", duplicate_candidate="unchanged")
    answer = sandbox.admin().post("/candidates", json=MAYA)
    assert (answer.status_code, answer.json()["id"], answer.json()["firstName"]) == (
        201,
        sandbox.candidate("Maya Osei"),
        "Maya",
    )
    assert events_received(sandbox, receiver) == []


def test_a_known_candidate_may_be_rejected(sandbox: Running) -> None:
    sandbox.act("switches", duplicate_candidate="conflict")
    api = sandbox.admin()
    for url in ("/candidates", on_job(sandbox)):
        assert refusal(api.post(url, json=MAYA)) == (409, "CANDIDATE_DATA_CONFLICT")


def test_a_known_candidate_may_become_a_second_profile(sandbox: Running) -> None:
    sandbox.act("switches", duplicate_candidate="doubled")
    api = sandbox.admin()
    second = api.post(on_job(sandbox), json=MAYA).json()["id"]
    assert second != sandbox.candidate("Maya Osei")
    assert api.get("/candidates", params={"q": "maya.osei"}).json()["totalFound"] == 2
    assert api.patch(f"/candidates/{second}", json={"phoneNumber": "1"}).status_code == 200


def test_a_candidate_created_on_a_job_may_start_as_a_lead(sandbox: Running) -> None:
    sandbox.act("switches", job_start_status="LEAD")
    made = sandbox.admin().post(on_job(sandbox), json=ZOE).json()
    assert made["primaryAssignment"]["status"] == "LEAD"


def test_the_talent_pool_may_show_another_status_or_none(sandbox: Running) -> None:
    api = sandbox.admin()
    url = f"/candidates/{sandbox.candidate('Ravi Menon')}"
    assert api.get(url).json()["primaryAssignment"]["status"] == "LEAD"
    sandbox.act("switches", pool_start_status="NEW")
    assert api.get(url).json()["primaryAssignment"]["status"] == "NEW"
    sandbox.act("switches", pool_start_status="none")
    assert "primaryAssignment" not in api.get(url).json()


def test_a_missing_object_may_return_404(sandbox: Running) -> None:
    api, paths = sandbox.admin(), ("/candidates/none", "/jobs/none", "/jobs/none/hiring-team")
    assert [api.get(path).status_code for path in paths] == [401] * 3
    assert api.get("/candidates/none/tags").status_code == 403
    sandbox.act("switches", unknown_object="not_found")
    assert [api.get(path).status_code for path in (*paths, "/candidates/none/tags")] == [404] * 4
    assert api.post("/jobs/none/candidates", json=ZOE).status_code == 404
    hidden = sandbox.as_user("Priya Nair").get(f"/candidates/{sandbox.candidate('Li Wei')}")
    assert hidden.status_code == 401


def test_tags_may_be_longer_and_put_may_return_200(sandbox: Running) -> None:
    sandbox.act("switches", tag_length=150, tags_put_status=200, team_post_status=201)
    api = sandbox.admin()
    answer = api.put(f"/candidates/{sandbox.candidate('Maya Osei')}/tags", json={"tags": ["x" * 150]})
    assert answer.status_code == 200
    member = {"id": sandbox.user("Erik Holm"), "role": "RECRUITER"}
    assert api.post(f"/jobs/{sandbox.job('Sales Lead')}/hiring-team", json=member).status_code == 201


@pytest.mark.parametrize(
    ("position", "same_name", "same_content"),
    [("name", 400, 201), ("content", 201, 400), ("either", 400, 400), ("never", 201, 201)],
)
def test_the_criterion_for_a_duplicate_file_can_be_switched(
    sandbox: Running, position: str, same_name: int, same_content: int
) -> None:
    sandbox.act("switches", attachment_exists_by=position)
    api, url = sandbox.admin(), files_url(sandbox)
    assert upload(api, url, "a.pdf").status_code == 201
    assert upload(api, url, "a.pdf", PDF + b" more").status_code == same_name
    assert upload(api, url, "b.pdf").status_code == same_content


def test_all_types_of_files_may_be_accepted(sandbox: Running) -> None:
    sandbox.act("switches", attachment_types="any")
    assert upload(sandbox.admin(), files_url(sandbox), "a.exe", b"MZ").status_code == 201
    assert refusal(upload(sandbox.admin(), files_url(sandbox), "b.exe", b"")) == (400, "INVALID_FILE")


def test_a_note_shared_with_nobody_may_be_rejected(sandbox: Running) -> None:
    sandbox.act("switches", note_without_audience="refused")
    api, content = sandbox.admin(), f"#[CANDIDATE:{sandbox.candidate('Maya Osei')}] hello"
    refused = api.post("/messages/shares", json={"content": content})
    assert refusal(refused) == (400, "INVALID_VISIBILITY_OPTIONS")
    assert sandbox.profile("Maya Osei")["notes"] == []
    shared = api.post("/messages/shares", json={"content": content, "shareWith": {"openNote": True}})
    assert shared.status_code == 201


@pytest.mark.parametrize(
    ("position", "events"), [("deleted", ["candidate.deleted"]), ("updated", ["candidate.updated"]), ("none", [])]
)
def test_the_events_of_a_merge_can_be_switched(
    sandbox: Running, receiver: Receiver, position: str, events: list[str]
) -> None:
    subscribe(sandbox, receiver, events=ALL_EVENTS)
    sandbox.act("switches", merge_events=position)
    ids = {"candidate_id": sandbox.candidate("Maya Osei"), "other_id": sandbox.candidate("Jonas Lind")}
    sandbox.act("merge", **ids)
    assert events_received(sandbox, receiver) == events


@pytest.mark.parametrize(("position", "step"), [(False, None), (True, "Crosschq")])
@pytest.mark.parametrize("status", ["REJECTED", "WITHDRAWN"])
def test_a_rejection_may_keep_the_step(sandbox: Running, status: str, position: bool, step: str | None) -> None:
    sandbox.act("switches", rejected_keeps_step=position)
    move_maya(sandbox)
    api = sandbox.admin()
    url = f"/candidates/{sandbox.candidate('Maya Osei')}/jobs/{sandbox.job('Backend Engineer')}"
    assert api.put(f"{url}/status", json={"status": status}).status_code == 204
    found = api.get(url).json()
    assert (found["status"], found.get("subStatus")) == (status, step)
    assert api.get(f"{url}/status/history").json()["content"][0].get("subStatus") == step
