"""Merging profiles and transferring applications."""

from __future__ import annotations

from tests.sandbox.receiver import Receiver
from tests.sandbox.running import Running, refusal
from tests.sandbox.subscribing import ALL_EVENTS, events_received, subscribe
from tests.sandbox.test_attachments import files_url, upload


def merge(sandbox: Running, master: str, other: str) -> None:
    sandbox.act("merge", candidate_id=sandbox.candidate(master), other_id=sandbox.candidate(other))


def test_a_merge_moves_applications_with_their_ids(sandbox: Running, receiver: Receiver) -> None:
    subscribe(sandbox, receiver, events=ALL_EVENTS)
    api, other = sandbox.admin(), sandbox.candidate("Jonas Lind")
    (moved,) = sandbox.profile("Jonas Lind")["applications"]
    upload(api, files_url(sandbox, "Jonas Lind", "Sales Lead"))
    api.post("/messages/shares", json={"content": f"#[CANDIDATE:{other}] hello", "shareWith": {"openNote": True}})
    api.put(f"/candidates/{other}/tags", json={"tags": ["sales"]})
    events_received(sandbox, receiver)
    merge(sandbox, "Maya Osei", "Jonas Lind")
    assert events_received(sandbox, receiver) == ["candidate.deleted", "candidate.updated"]
    maya = sandbox.profile("Maya Osei")
    assert moved in maya["applications"]
    assert len(maya["applications"]) == 2
    assert [note["content"] for note in maya["notes"]] == [f"#[CANDIDATE:{other}] hello"]
    assert (maya["tags"], len(maya["attachments"])) == (["sales"], 1)
    assert api.get(f"/candidates/{other}").status_code == 401
    found = api.get(f"/job-applications-api/v202112/job-applications/{moved['id']}").json()
    assert found["profileId"] == maya["id"]
    assert api.get(f"/candidates/{maya['id']}/jobs/{moved['job_id']}").json()["applicationId"] == moved["id"]


def test_a_merge_on_the_same_job_drops_the_other_application(sandbox: Running) -> None:
    (kept,) = sandbox.profile("Maya Osei")["applications"]
    upload(sandbox.admin(), files_url(sandbox, "Inês Duarte", "Backend Engineer"))
    merge(sandbox, "Maya Osei", "Inês Duarte")
    maya = sandbox.profile("Maya Osei")
    assert kept in maya["applications"]
    assert len(maya["applications"]) == 2
    assert maya["attachments"] == []
    people = sandbox.http.get(f"/console/jobs/{sandbox.job('Backend Engineer')}").text
    assert "Inês Duarte" not in people


def test_a_profile_cannot_be_merged_with_itself_or_a_missing_one(sandbox: Running) -> None:
    maya = sandbox.candidate("Maya Osei")
    itself = sandbox.http.post("/_sandbox/merge", json={"candidate_id": maya, "other_id": maya})
    nobody = sandbox.http.post("/_sandbox/merge", json={"candidate_id": maya, "other_id": "none"})
    assert (itself.status_code, nobody.status_code) == (400, 404)


def test_a_transfer_leaves_a_transferred_application_and_starts_a_new_one(sandbox: Running, receiver: Receiver) -> None:
    subscribe(sandbox, receiver, events=ALL_EVENTS)
    maya, job, to = sandbox.candidate("Maya Osei"), sandbox.job("Backend Engineer"), sandbox.job("Sales Lead")
    made = sandbox.act("transfer", candidate_id=maya, job_id=job, to_job_id=to)
    assert events_received(sandbox, receiver) == ["application.status.updated", "application.created"]
    old, new = sandbox.profile("Maya Osei")["applications"]
    assert (old["job_id"], old["status"]) == (job, "TRANSFERRED")
    assert (new["job_id"], new["status"], new["id"]) == (to, "NEW", made["application_id"])
    body = {"candidate_id": maya, "job_id": job, "to_job_id": to}
    assert refusal(sandbox.http.post("/_sandbox/transfer", json=body)) == (400, "BAD_REQUEST")


def test_the_console_adds_transfers_merges_and_deletes_candidates(sandbox: Running, receiver: Receiver) -> None:
    subscribe(sandbox, receiver, events=ALL_EVENTS)
    http, job = sandbox.http, sandbox.job("Backend Engineer")
    person = {"first_name": "Zoë", "last_name": "Park", "email": "zoe@example.com"}
    added = http.post(f"/console/jobs/{job}/candidates", data=person)
    assert (added.status_code, added.headers["location"]) == (303, f"/console/jobs/{job}")
    assert events_received(sandbox, receiver) == ["candidate.created", "application.created"]
    zoe, maya = sandbox.candidate("Zoë Park"), sandbox.candidate("Maya Osei")
    to = {"to": sandbox.job("Sales Lead")}
    assert http.post(f"/console/jobs/{job}/candidates/{zoe}/transfer", data=to).status_code == 303
    assert events_received(sandbox, receiver) == ["application.status.updated", "application.created"]
    assert http.post(f"/console/candidates/{maya}/merge", data={"other": zoe}).status_code == 303
    assert events_received(sandbox, receiver) == ["candidate.deleted", "candidate.updated"]
    gone = http.post(f"/console/candidates/{maya}/delete")
    assert (gone.status_code, gone.headers["location"]) == (303, "/console/candidates")
    assert events_received(sandbox, receiver) == ["candidate.deleted"]
    assert http.get(f"/console/candidates/{maya}").status_code == 404
    assert http.post(f"/console/jobs/{job}/candidates", data={"first_name": "Zoë"}).status_code == 400
