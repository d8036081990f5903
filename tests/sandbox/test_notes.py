"""Notes: where they appear, who sees them, and what is rejected."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.running import Running

SHARES = "/messages/shares"


def share(sandbox: Running, content: str, **with_whom: Any) -> dict[str, Any]:
    api = sandbox.api(sandbox.connect())
    answer = api.post(SHARES, json={"content": content, "shareWith": with_whom})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def notes_of(sandbox: Running, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = next(c["notes"] for c in sandbox.state()["candidates"] if c["name"] == name)
    return found


def test_a_note_appears_on_a_profile_only_through_a_tag_in_its_content(sandbox: Running) -> None:
    maya = sandbox.candidate("Maya Osei")
    share(sandbox, f"About {maya}, without a tag", openNote=True)
    assert notes_of(sandbox, "Maya Osei") == []
    assert share(sandbox, f"#[CANDIDATE:{maya}] Report ready", openNote=True)["shareRequired"] is False
    (note,) = notes_of(sandbox, "Maya Osei")
    assert (note["author"], note["visibility"]) == ("Ada Integration", "OPEN")
    assert notes_of(sandbox, "Jonas Lind") == []


def test_the_profile_page_shows_the_note_with_its_link(sandbox: Running) -> None:
    maya = sandbox.candidate("Maya Osei")
    share(sandbox, f"#[CANDIDATE:{maya}] Report <b>ready</b>\nhttp://localhost:8000/reports/1/", openNote=True)
    page = sandbox.http.get(f"/console/candidates/{maya}").text
    assert '<a href="http://localhost:8000/reports/1/"' in page
    assert "&lt;b&gt;ready" in page
    assert "Everyone with access to the candidate" in page
    assert "Ada Integration" in page


def test_an_administrator_reads_the_notes_of_a_candidate(sandbox: Running) -> None:
    maya, job = sandbox.candidate("Maya Osei"), sandbox.job("Backend Engineer")
    share(sandbox, f"#[CANDIDATE:{maya}] first", openNote=True)
    share(sandbox, f"#[CANDIDATE:{maya}] second", openNote=True)
    api = sandbox.api(sandbox.connect())
    found = api.get("/messages", params={"candidateId": maya}).raise_for_status().json()
    assert [item["content"].split()[-1] for item in found] == ["second", "first"]
    assert found[0]["visibility"] == "OPEN"
    assert found[0]["authorId"] == sandbox.user("Ada Integration")
    assert found[0]["context"]["applications"] == [{"candidateId": maya, "jobId": job}]
    one = api.get("/messages", params={"candidateId": maya, "limit": 1})
    assert api.get(one.links["next"]["url"]).json()[0]["content"].endswith("first")
    unknown = api.get("/messages", params={"candidateId": "none"})
    assert (unknown.status_code, unknown.json()["errors"][0]["code"]) == (400, "CANDIDATE_NOT_FOUND")
    api = sandbox.api(sandbox.connect(user="Dana Ruiz"))
    assert api.get("/messages", params={"candidateId": maya}).status_code == 403


def test_a_note_is_deleted_by_its_author_or_an_administrator(sandbox: Running) -> None:
    dana, priya = sandbox.as_user("Dana Ruiz"), sandbox.as_user("Priya Nair")
    content = f"#[CANDIDATE:{sandbox.candidate('Maya Osei')}] hello"
    body = {"content": content, "shareWith": {"openNote": True}}
    first, second = (f"{SHARES}/{dana.post(SHARES, json=body).json()['id']}" for _ in range(2))
    assert priya.delete(first).status_code == 403
    assert dana.delete(first).status_code == 204
    assert dana.delete(first).status_code == 404
    assert sandbox.admin().delete(second).status_code == 204
    assert notes_of(sandbox, "Maya Osei") == []
    writer = sandbox.api(sandbox.connect(scopes=("messages_write",)))
    assert writer.delete(second).status_code == 403


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "BAD_REQUEST"),
        ({"content": ""}, "BAD_REQUEST"),
        ({"content": "x" * 10_001}, "BAD_REQUEST"),
        ({"content": "x", "shareWith": {"openNote": True, "everyone": True}}, "INVALID_VISIBILITY_OPTIONS"),
        ({"content": "x", "shareWith": {"openNote": "yes"}}, "BAD_REQUEST"),
        ({"content": "#[CANDIDATE:none] x"}, "NO_ACCESS_TO_CANDIDATE"),
        ({"content": "@[USER:none] x"}, "MENTIONED_USERS_NOT_FOUND"),
        ({"content": "x", "shareWith": {"users": ["none"]}}, "SHARED_WITH_USERS_NOT_FOUND"),
        ({"content": "x", "shareWith": {"hiringTeamOf": ["none"]}}, "JOB_NOT_FOUND"),
    ],
)
def test_an_invalid_note_is_rejected_with_its_code(sandbox: Running, body: dict[str, Any], code: str) -> None:
    api = sandbox.api(sandbox.connect())
    refused = api.post(SHARES, json=body)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, code)


def test_a_note_without_sharing_is_private(sandbox: Running) -> None:
    maya = sandbox.candidate("Maya Osei")
    assert share(sandbox, f"#[CANDIDATE:{maya}] for me")["shareRequired"] is True
    assert notes_of(sandbox, "Maya Osei")[0]["visibility"] == "PRIVATE"
