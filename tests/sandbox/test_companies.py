"""Two companies in one SmartRecruiters: a token, a subscription and a page see one of them and nothing of the other."""

from __future__ import annotations

import re

import httpx

from tests.sandbox.receiver import Receiver
from tests.sandbox.running import CLIENT_ID, PLAIN, REDIRECT_URI, Running
from tests.sandbox.subscribing import ALL_EVENTS, events_received, move_maya, subscribe

SECOND, IRIS = "ledgerly", "Iris Integration"
AUTHORIZE = {"response_type": "code", "client_id": CLIENT_ID, "redirect_uri": REDIRECT_URI, "state": "s"}


def test_the_second_company_is_empty(sandbox: Running) -> None:
    state = sandbox.read("state", company=SECOND)
    assert state["company"] == {"identifier": "ledgerly", "name": "Ledgerly"}
    assert (state["jobs"], state["candidates"], state["tag_property_id"]) == ([], [], None)
    steps = [step["name"] for process in state["hiring_processes"] for step in process["steps"]]
    assert steps == ["Screening", "Phone interview", "Offer sent"]
    assert sandbox.state()["company"]["name"] == "Acme GmbH"


def test_the_consent_page_offers_the_users_of_both_and_remembers_who_signed_in(sandbox: Running) -> None:
    with httpx.Client(base_url=sandbox.url, verify=PLAIN) as browser:
        page = browser.get("/identity/oauth/allow", params=AUTHORIZE).text
        assert re.findall(r" checked> ([^<]+)<", page) == ["Ada Integration, Acme GmbH (administrator)"]
        assert "Iris Integration, Ledgerly (administrator)" in page
        key = re.search(r'name="consent" value="([^"]+)"', page)
        assert key
        form = {"consent": key[1], "decision": "allow", "user_id": sandbox.user(IRIS)}
        answer = browser.post("/identity/oauth/allow", data=form, headers={"Origin": sandbox.url})
        assert answer.headers["location"].startswith(f"{REDIRECT_URI}?code=")
        again = browser.get("/identity/oauth/allow", params=AUTHORIZE).text
        assert f'value="{sandbox.user(IRIS)}" checked>' in again


def test_a_token_sees_only_its_own_company(sandbox: Running) -> None:
    theirs, ours = sandbox.as_user(IRIS), sandbox.admin()
    assert theirs.get("/configuration/company").json()["identifier"] == "ledgerly"
    assert theirs.get("/jobs").json()["totalFound"] == 0
    assert theirs.get(f"/jobs/{sandbox.job('Sales Lead')}").status_code == 401
    assert theirs.get(f"/candidates/{sandbox.candidate('Maya Osei')}").status_code == 401
    assert [user["email"] for user in theirs.get("/user-api/v201804/users").json()["content"]] == [
        "integration@ledgerly.example",
        "robin.hale@ledgerly.example",
    ]
    made = theirs.post("/candidates", json={"firstName": "Ana", "lastName": "Ruiz", "email": "ana@home.example"})
    assert made.status_code == 201
    assert ours.get(f"/candidates/{made.json()['id']}").status_code == 401
    assert ours.get("/jobs").json()["totalFound"] == 6


def test_events_go_to_the_subscriptions_of_their_company(sandbox: Running, receiver: Receiver) -> None:
    subscribe(sandbox, receiver, user=IRIS, events=ALL_EVENTS)
    move_maya(sandbox)
    assert events_received(sandbox, receiver) == []
    sandbox.http.post("/_sandbox/seed?company=ledgerly", json={"jobs": [{"title": "Controller"}]})
    assert events_received(sandbox, receiver) == ["job.created"]


def test_the_console_shows_the_selected_company(sandbox: Running) -> None:
    with httpx.Client(base_url=sandbox.url, verify=PLAIN) as browser:
        assert "Backend Engineer" in browser.get("/console/jobs").text
        chosen = browser.post("/console/company", data={"company": SECOND})
        assert (chosen.status_code, chosen.headers["location"]) == (303, "/console/jobs")
        page = browser.get("/console/jobs").text
        assert "Backend Engineer" not in page
        assert "Ledgerly (ledgerly)" in page
        browser.post("/console/jobs", data={"title": "Controller", "process": "Standard", "city": "Boston"})
        assert "Controller" in browser.get("/console/jobs").text
        browser.post("/console/questions", data={"act": "reset"})
        assert browser.post("/console/company", data={"company": "nobody"}).status_code == 404
    # A separate browser: the fixture's client keeps the company that an earlier test chose.
    assert "Controller" not in httpx.get(f"{sandbox.url}/console/jobs").text
    assert [job["title"] for job in sandbox.read("state", company=SECOND)["jobs"]] == ["Controller"]


def test_the_console_shows_the_company_whose_user_allowed_access_last(sandbox: Running) -> None:
    with httpx.Client(base_url=sandbox.url, verify=PLAIN) as browser:
        for person, company in ((IRIS, "Ledgerly (ledgerly)"), ("Ada Integration", "Acme GmbH (acme-gmbh)")):
            page = browser.get("/identity/oauth/allow", params=AUTHORIZE).text
            key = re.search(r'name="consent" value="([^"]+)"', page)
            assert key
            form = {"consent": key[1], "decision": "allow", "user_id": sandbox.user(person)}
            browser.post("/identity/oauth/allow", data=form, headers={"Origin": sandbox.url})
            assert company in browser.get("/console/jobs").text


def test_a_switch_that_is_set_while_the_second_company_is_shown_holds_for_both(sandbox: Running) -> None:
    sandbox.http.post("/_sandbox/switches", json={"job_names_process": True})
    with httpx.Client(base_url=sandbox.url, verify=PLAIN) as browser:
        browser.post("/console/company", data={"company": SECOND})
        browser.post("/console/questions", data={"act": "reset"})
    assert sandbox.state()["switches"]["job_names_process"] is False
    sandbox.http.post("/_sandbox/reset?company=ledgerly", json={})
    assert sandbox.state()["grants"] == []
