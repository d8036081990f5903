"""Creating, changing and deleting candidates through the API, with their sources and events."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.receiver import Receiver
from tests.sandbox.running import Running, refusal
from tests.sandbox.subscribing import ALL_EVENTS, events_received, subscribe

ZOE = {"firstName": "Zoë", "lastName": "Park", "email": "zoe.park@example.com"}


def source_id(sandbox: Running, label: str) -> str:
    return str(next(item["id"] for item in sandbox.state()["sources"] if item["label"] == label))


def on_job(sandbox: Running, title: str = "Backend Engineer") -> str:
    return f"/jobs/{sandbox.job(title)}/candidates"


def test_a_candidate_created_in_the_talent_pool_is_a_lead_from_the_api(sandbox: Running, receiver: Receiver) -> None:
    subscribe(sandbox, receiver, events=ALL_EVENTS)
    api = sandbox.admin()
    body = ZOE | {
        "phoneNumber": "+1 202 555 0100",
        "location": {"country": "Germany", "countryCode": "de", "city": "Berlin", "lat": 52.5, "lng": 13.4},
        "web": {"linkedin": "https://example.com/zoe"},
        "tags": ["reference", "Reference"],
        "education": [{"institution": "TU Berlin", "degree": "MSc", "startDate": "2015", "current": False}],
        "experience": [{"title": "Engineer", "company": "Example", "startDate": "2018-04", "current": True}],
        "internal": False,
    }
    made = api.post("/candidates", json=body)
    assert made.status_code == 201, made.text
    found = made.json()
    assert found["tags"] == ["reference"]
    assert found["education"] == body["education"]
    assert found["experience"] == body["experience"]
    assert found["location"] == body["location"]
    assert found["web"] == body["web"]
    assert (found["primaryAssignment"]["status"], found["primaryAssignment"]["source"]) == ("LEAD", "API")
    assert "job" not in found["primaryAssignment"]
    assert api.get(f"/candidates/{found['id']}").json() == found
    assert api.get("/candidates", params={"q": "zoe.park"}).json()["content"] == []
    assert events_received(sandbox, receiver) == ["candidate.created"]


def test_a_candidate_created_on_a_job_is_new(sandbox: Running, receiver: Receiver) -> None:
    subscribe(sandbox, receiver, events=ALL_EVENTS)
    api = sandbox.admin()
    found = api.post(on_job(sandbox), json=ZOE).raise_for_status().json()
    assert found["primaryAssignment"]["job"]["title"] == "Backend Engineer"
    assert found["primaryAssignment"]["status"] == "NEW"
    assert events_received(sandbox, receiver) == ["candidate.created", "application.created"]
    searched = api.get("/candidates", params={"q": "zoe.park@example.com"}).json()["content"]
    assert [item["id"] for item in searched] == [found["id"]]


def test_the_named_source_is_stored(sandbox: Running) -> None:
    api = sandbox.admin()
    details = {"sourceTypeId": "CUSTOM_SOURCES", "sourceId": source_id(sandbox, "Crosschq")}
    found = api.post(on_job(sandbox), json=ZOE | {"sourceDetails": details}).raise_for_status().json()
    assert found["primaryAssignment"]["source"] == "Crosschq"
    link = found["primaryAssignment"]["actions"]["sourceDetails"]["url"]
    assert api.get(link).json()["label"] == "Crosschq"
    by_user = {"sourceTypeId": "REFERRALS", "sourceId": sandbox.user("Dana Ruiz")}
    other = api.post("/candidates", json=ZOE | {"lastName": "Kim", "sourceDetails": by_user}).json()
    assert other["primaryAssignment"]["source"] == "Referred by Dana Ruiz"
    search = {"sourceType": "CUSTOM_SOURCES", "sourceSubType": "REFERENCE_CHECKS", "sourceValueId": details["sourceId"]}
    assert [c["lastName"] for c in api.get("/candidates", params=search).json()["content"]] == ["Park"]


@pytest.mark.parametrize(
    ("type_id", "label", "subtype", "pool", "job"),
    [
        ("NOWHERE", "Crosschq", None, (404, "SOURCE_TYPE_NOT_FOUND"), (404, "SOURCE_TYPE_NOT_FOUND")),
        ("CUSTOM_SOURCES", None, None, (400, "SOURCE_NOT_FOUND"), (400, "SOURCE_NOT_FOUND")),
        ("CUSTOM_SOURCES", "Talent fair", None, (400, "SUBTYPE_REQUIRED"), (400, "SUBTYPE_REQUIRED")),
        ("CUSTOM_SOURCES", "Talent fair", "X", (400, "SOURCE_NOT_FOUND"), (400, "SOURCE_NOT_FOUND")),
        ("PAID", "Crosschq", None, (400, "SOURCE_NOT_FOUND"), (400, "INVALID_SOURCE_ID")),
    ],
)
def test_an_unknown_source_is_rejected_with_its_code(
    sandbox: Running, type_id: str, label: str | None, subtype: str | None, pool: tuple[int, str], job: tuple[int, str]
) -> None:
    api = sandbox.admin()
    details = {"sourceTypeId": type_id, "sourceId": source_id(sandbox, label) if label else "none"}
    details |= {"sourceSubTypeId": subtype} if subtype else {}
    assert refusal(api.post("/candidates", json=ZOE | {"sourceDetails": details})) == pool
    assert refusal(api.post(on_job(sandbox), json=ZOE | {"sourceDetails": details})) == job


def test_a_subtype_distinguishes_sources_with_the_same_id(sandbox: Running) -> None:
    details = {
        "sourceTypeId": "CUSTOM_SOURCES",
        "sourceSubTypeId": "EVENTS",
        "sourceId": source_id(sandbox, "Talent fair"),
    }
    answer = sandbox.admin().post("/candidates", json=ZOE | {"sourceDetails": details})
    assert answer.json()["primaryAssignment"]["source"] == "Talent fair"


@pytest.mark.parametrize(
    "change",
    [
        {"firstName": ""},
        {"lastName": None},
        {"email": "nobody"},
        {"phoneNumber": 5},
        {"location": {"countryCode": "deu"}},
        {"location": {"lat": "52"}},
        {"web": []},
        {"tags": ["x" * 51]},
        {"tags": [" "]},
        {"education": [{"startDate": "last year"}]},
        {"experience": [{"current": "yes"}]},
        {"experience": "long"},
        {"internal": "no"},
        {"sourceDetails": "API"},
        {"sourceDetails": {"sourceTypeId": "OTHER"}},
    ],
)
def test_an_invalid_profile_is_rejected(sandbox: Running, change: dict[str, Any]) -> None:
    answer = sandbox.admin().post("/candidates", json=ZOE | change)
    assert refusal(answer) == (400, "BAD_REQUEST")
    assert "Zoë Park" not in [item["name"] for item in sandbox.state()["candidates"]]


def test_permission_to_create_depends_on_the_hiring_team(sandbox: Running) -> None:
    priya = sandbox.as_user("Priya Nair")
    assert refusal(priya.post("/candidates", json=ZOE)) == (403, "PERMISSION_DENIED")
    assert refusal(priya.post(on_job(sandbox, "Data Analyst"), json=ZOE)) == (401, "PERMISSION_DENIED")
    assert refusal(priya.post("/jobs/none/candidates", json=ZOE)) == (401, "PERMISSION_DENIED")
    sandbox.act("team/join", job_id=sandbox.job("Data Analyst"), user_id=sandbox.user("Priya Nair"), role="EXECUTIVE")
    assert refusal(priya.post(on_job(sandbox, "Data Analyst"), json=ZOE)) == (403, "PERMISSION_DENIED")
    assert priya.post(on_job(sandbox), json=ZOE).status_code == 201


def test_a_known_email_and_last_name_is_the_same_profile(sandbox: Running, receiver: Receiver) -> None:
    subscribe(sandbox, receiver, events=ALL_EVENTS)
    api, maya = sandbox.admin(), sandbox.candidate("Maya Osei")
    same = {"firstName": "Maya A.", "lastName": "OSEI", "email": "Maya.Osei@example.com", "tags": ["prospect"]}
    answer = api.post("/candidates", json=same)
    assert (answer.status_code, answer.json()["id"], answer.json()["firstName"]) == (201, maya, "Maya A.")
    assert events_received(sandbox, receiver) == ["candidate.updated"]
    again = api.post(on_job(sandbox, "Sales Lead"), json=same).json()
    assert (again["id"], len(again["secondaryAssignments"])) == (maya, 1)
    assert events_received(sandbox, receiver) == ["application.created"]
    assert api.post(on_job(sandbox, "Sales Lead"), json=same).json() == again
    assert events_received(sandbox, receiver) == []


def test_only_personal_information_is_changed(sandbox: Running, receiver: Receiver) -> None:
    subscribe(sandbox, receiver, events=ALL_EVENTS)
    api, url = sandbox.admin(), f"/candidates/{sandbox.candidate('Maya Osei')}"
    changed = api.patch(url, json={"firstName": "May", "phoneNumber": "+1 202 555 0101", "tags": ["x"]})
    assert (changed.status_code, changed.json()["firstName"], changed.json()["tags"]) == (200, "May", [])
    assert events_received(sandbox, receiver) == ["candidate.updated"]
    assert api.patch(url, json={"firstName": "May"}).status_code == 200
    assert events_received(sandbox, receiver) == []
    conflict = api.patch(url, json={"email": "jonas.lind@example.com", "lastName": "Lind"})
    assert refusal(conflict) == (409, "CANDIDATE_DATA_CONFLICT")
    assert refusal(api.patch(url, json={"email": "x"})) == (400, "BAD_REQUEST")
    assert refusal(api.patch("/candidates/none", json={})) == (404, "CANDIDATE_NOT_FOUND")
    hidden = f"/candidates/{sandbox.candidate('Li Wei')}"
    assert refusal(sandbox.as_user("Priya Nair").patch(hidden, json={})) == (403, "PERMISSION_DENIED")


def test_a_deleted_candidate_is_gone_and_the_event_has_no_link(sandbox: Running, receiver: Receiver) -> None:
    subscribe(sandbox, receiver, events=ALL_EVENTS)
    api, maya = sandbox.admin(), sandbox.candidate("Maya Osei")
    url = f"/candidates/{maya}"
    assert refusal(sandbox.as_user("Tom Becker").delete("/candidates/none")) == (404, "CANDIDATE_NOT_FOUND")
    hidden = f"/candidates/{sandbox.candidate('Jonas Lind')}"
    assert refusal(sandbox.as_user("Tom Becker").delete(hidden)) == (403, "PERMISSION_DENIED")
    assert api.delete(url).status_code == 204
    sandbox.settle()
    (got,) = receiver.callbacks
    assert (got.headers["event-name"], json.loads(got.body)) == ("candidate.deleted", {"id": maya})
    assert "link" not in got.headers
    assert api.get(url).status_code == 401
    assert api.get(f"{url}/jobs/{sandbox.job('Backend Engineer')}").status_code == 404
    assert api.get("/candidates", params={"q": "Osei"}).json()["totalFound"] == 0


def test_creating_requires_the_documented_scope(sandbox: Running) -> None:
    api = sandbox.api(sandbox.connect(scopes=("candidates_read", "candidates_manage")))
    assert refusal(api.post("/candidates", json=ZOE)) == (403, "OAuthPermissionsException")
    reader = sandbox.api(sandbox.connect(scopes=("candidates_read", "candidates_create")))
    assert reader.delete(f"/candidates/{sandbox.candidate('Maya Osei')}").status_code == 403


def test_every_candidate_has_consented(sandbox: Running) -> None:
    api, url = sandbox.admin(), f"/candidates/{sandbox.candidate('Maya Osei')}"
    assert api.get(f"{url}/consent").json()["status"] == "ACQUIRED"
    assert [item["scope"] for item in api.get(f"{url}/consents").json()["decisions"]] == ["Single"]
    assert api.get("/candidates/none/consent").status_code == 403


def test_a_rejection_requires_a_listed_reason(sandbox: Running) -> None:
    api = sandbox.admin()
    reasons = api.get("/configuration/rejection-reasons").json()
    assert reasons["totalFound"] == 2
    assert api.get("/configuration/withdrawal-reasons").json()["totalFound"] == 1
    url = f"/candidates/{sandbox.candidate('Maya Osei')}/jobs/{sandbox.job('Backend Engineer')}"
    body = {"status": "REJECTED", "reason": reasons["content"][0]["id"]}
    assert api.put(f"{url}/status", json=body).status_code == 204
    assert api.get(url).json()["reasonOfRejection"] == reasons["content"][0]


def test_a_profile_is_matched_by_its_current_name(sandbox: Running) -> None:
    """This also holds after a change and a deletion."""
    api = sandbox.admin()
    zoe = api.post("/candidates", json=ZOE).json()["id"]
    api.patch(f"/candidates/{zoe}", json={"lastName": "Park-Reyes"})
    other = api.post("/candidates", json=ZOE).json()["id"]
    assert other != zoe
    assert api.post("/candidates", json=ZOE | {"lastName": "Park-Reyes"}).json()["id"] == zoe
    api.delete(f"/candidates/{other}")
    assert api.post("/candidates", json=ZOE).json()["id"] not in (zoe, other)
