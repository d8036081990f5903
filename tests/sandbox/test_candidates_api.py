"""Candidates and applications: formats, moving by the vendor's own operation, history, search."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.receiver import Receiver
from tests.sandbox.running import Running
from tests.sandbox.subscribing import move_maya, subscribe


def application_url(sandbox: Running, name: str = "Maya Osei", job: str = "Backend Engineer") -> str:
    return f"/candidates/{sandbox.candidate(name)}/jobs/{sandbox.job(job)}"


def test_a_candidate_is_read_with_address_phone_and_assignments(sandbox: Running) -> None:
    api = sandbox.api(sandbox.connect())
    found = api.get(f"/candidates/{sandbox.candidate('Maya Osei')}").raise_for_status().json()
    assert (found["firstName"], found["lastName"]) == ("Maya", "Osei")
    assert found["email"] == "maya.osei@example.com"
    assert found["phoneNumber"].startswith("+1")
    assert found["primaryAssignment"]["job"]["title"] == "Backend Engineer"
    assert found["actions"]["properties"]["method"] == "GET"
    assert "secondaryAssignments" not in found
    assert "email" not in api.get(f"/candidates/{sandbox.candidate('Tomasz Nowak')}").json()
    twice = api.get(f"/candidates/{sandbox.candidate('Inês Duarte')}").json()
    assert len(twice["secondaryAssignments"]) == 1


def test_an_unknown_candidate_returns_401_as_documented(sandbox: Running) -> None:
    api = sandbox.api(sandbox.connect())
    assert api.get("/candidates/00000000-0000-0000-0000-000000000000").status_code == 401
    assert api.get(application_url(sandbox, job="Sales Lead")).status_code == 404


def test_a_status_put_through_the_api_fires_the_same_webhook(sandbox: Running, receiver: Receiver) -> None:
    subscribed = subscribe(sandbox, receiver)
    url = application_url(sandbox)
    api = subscribed.api
    moved = api.put(f"{url}/status", json={"status": "INTERVIEW", "subStatus": "Crosschq"})
    assert (moved.status_code, moved.content) == (204, b"")
    found = api.get(url).json()
    assert (found["status"], found["subStatus"]) == ("INTERVIEW", "Crosschq")
    assert found["applicationId"]
    assert found["url"] == f"{sandbox.url}{url}"
    sandbox.settle()
    assert [got.headers["event-name"] for got in receiver.callbacks] == ["application.status.updated"]
    again = api.put(f"{url}/status", json={"status": "INTERVIEW", "subStatus": "Crosschq"})
    assert again.status_code == 204
    sandbox.settle()
    assert len(receiver.callbacks) == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"status": "INTERVIEW", "subStatus": "Nowhere"}, "SUB_STATUS_NOT_FOUND"),
        ({"status": "IN-REVIEW"}, "BAD_REQUEST"),
        ({"subStatus": "Crosschq"}, "BAD_REQUEST"),
        ({"status": "INTERVIEW", "subStatus": 7}, "BAD_REQUEST"),
        ({"status": "HIRED", "reason": "x"}, "NO_REASON_SUPPORT_FOR_STATUS"),
        ({"status": "REJECTED", "reason": "x"}, "REASON_NOT_FOUND"),
        ({"status": "HIRED", "startsOn": "tomorrow"}, "BAD_REQUEST"),
        ("text", "BAD_REQUEST"),
    ],
)
def test_an_invalid_status_is_refused_with_its_code(sandbox: Running, body: Any, code: str) -> None:
    api = sandbox.api(sandbox.connect())
    refused = api.put(f"{application_url(sandbox)}/status", json=body)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, code)


def test_a_required_step_cannot_be_skipped(sandbox: Running) -> None:
    url = f"{application_url(sandbox, 'Noor Haddad', 'Finance Director')}/status"
    api = sandbox.api(sandbox.connect())
    refused = api.put(url, json={"status": "OFFERED", "subStatus": "Crosschq"})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "REQUIRED_SUB_STATUS_OMITTED")
    assert api.put(url, json={"status": "IN_REVIEW", "subStatus": "Profile approved"}).status_code == 204
    assert api.put(url, json={"status": "OFFERED", "subStatus": "Crosschq"}).status_code == 204


def test_the_history_keeps_every_step_entered_and_left(sandbox: Running) -> None:
    move_maya(sandbox)
    move_maya(sandbox, "On-site interview")
    api = sandbox.api(sandbox.connect())
    found = api.get(f"{application_url(sandbox)}/status/history").raise_for_status().json()
    steps = [item.get("subStatus") for item in found["content"]]
    assert steps == ["On-site interview", "Crosschq", "Phone interview", None]
    assert found["totalFound"] == 4
    missing = api.get(f"/candidates/{sandbox.candidate('Maya Osei')}/jobs/{sandbox.job('Sales Lead')}/status/history")
    assert missing.json()["errors"][0]["code"] == "JOB_NOT_FOUND"


def test_the_search_finds_candidates_at_a_step_since_a_time(sandbox: Running) -> None:
    api = sandbox.api(sandbox.connect())
    wanted = {"status": "INTERVIEW", "subStatus": "Crosschq"}
    assert api.get("/candidates", params=wanted).json()["content"] == []
    before = sandbox.state()["clock"]["now"]
    move_maya(sandbox)
    found = api.get("/candidates", params=wanted | {"updatedAfter": before}).json()
    assert [item["firstName"] for item in found["content"]] == ["Maya"]
    assert found["content"][0]["primaryAssignment"]["subStatus"] == "Crosschq"
    sandbox.act("advance", seconds=60)
    later = sandbox.state()["clock"]["now"]
    assert api.get("/candidates", params=wanted | {"updatedAfter": later}).json()["totalFound"] == 0


def test_the_search_pages_by_cursor_and_leaves_out_the_talent_pool(sandbox: Running) -> None:
    api = sandbox.api(sandbox.connect())
    names: list[str] = []
    query: dict[str, str] = {"limit": "3"}
    while True:
        body = api.get("/candidates", params=query).raise_for_status().json()
        names += [item["lastName"] for item in body["content"]]
        if "nextPageId" not in body:
            break
        query["pageId"] = body["nextPageId"]
    assert len(names) == len(set(names)) == body["totalFound"] == 7
    assert "Menon" not in names
    for page_id in ("x", "AAAA", "+//+am9iczox"):
        assert api.get("/candidates", params={"pageId": page_id}).json()["errors"][0]["code"] == "INVALID_PAGE_ID"
    assert api.get("/candidates", params={"limit": "101"}).status_code == 400
    assert api.get("/candidates", params={"status": "HIRE"}).status_code == 400
    pair = api.get("/candidates", params={"propertyId": "a"})
    assert pair.json()["errors"][0]["code"] == "FIELDS_CRITERIA_SIZE_VIOLATED"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"propertyValueId": "a"}, "FIELDS_CRITERIA_SIZE_VIOLATED"),
        ({"sourceType": "PAID"}, "SOURCES_CRITERIA_SIZE_VIOLATED"),
        ({"questionCategory": "a", "questionFieldId": "b"}, "SCREENING_QUESTIONS_CRITERIA_SIZE_VIOLATED"),
        ({"onboardingStatus": "READY_TO_ONBOARD"}, "ONBOARDING_STATUS_NOT_ACTIVE"),
        ({"consentStatus": "GIVEN"}, "BAD_REQUEST"),
    ],
)
def test_an_invalid_search_is_refused_with_its_code(sandbox: Running, query: dict[str, str], code: str) -> None:
    refused = sandbox.api(sandbox.connect()).get("/candidates", params=query)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, code)


def test_the_search_narrows_by_consent_place_and_field(sandbox: Running) -> None:
    api = sandbox.api(sandbox.connect())
    here = {"first_name": "Zoë", "last_name": "Park", "job_id": sandbox.job("Sales Lead")}
    (zoe,) = sandbox.act("seed", candidates=[here])["candidates"]
    api.patch(f"/candidates/{zoe}", json={"location": {"city": "Kraków", "countryCode": "pl"}})

    def found(**query: str) -> int:
        return int(api.get("/candidates", params=query).json()["totalFound"])

    assert found(location="krakÓw") == 1
    assert found(consentStatus="ACQUIRED") == 8
    assert found(consentStatus="PENDING") == 0
    assert found(propertyId="a", propertyValueId="b") == 0


def test_a_standard_user_sees_only_the_jobs_of_their_team(sandbox: Running) -> None:
    api = sandbox.api(sandbox.connect(user="Priya Nair"))
    assert api.get(f"/jobs/{sandbox.job('Backend Engineer')}").status_code == 200
    assert api.get(f"/jobs/{sandbox.job('Data Analyst')}").status_code == 401
    assert api.get(application_url(sandbox, "Inês Duarte", "Data Analyst")).status_code == 403
    assert api.get(f"/candidates/{sandbox.candidate('Li Wei')}").status_code == 401
