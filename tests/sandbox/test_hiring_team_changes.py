"""Joining and leaving a hiring team, and the events."""

from __future__ import annotations

from tests.sandbox.receiver import Receiver
from tests.sandbox.running import Running, refusal
from tests.sandbox.subscribing import events_received, subscribe


def test_joining_and_leaving_a_team_fire_events(sandbox: Running, receiver: Receiver) -> None:
    subscribe(sandbox, receiver, events=["job.hiring-team.updated"])
    api, erik = sandbox.admin(), sandbox.user("Erik Holm")
    url = f"/jobs/{sandbox.job('Backend Engineer')}/hiring-team"
    joined = api.post(url, json={"id": erik, "role": "Sourcer"})
    assert (joined.status_code, joined.json()["role"]) == (200, "Sourcer")
    assert joined.json() in api.get(url).json()["content"]
    assert events_received(sandbox, receiver) == ["job.hiring-team.updated"]
    assert api.post(url, json={"id": erik, "role": "RECRUITER"}).status_code == 409
    assert api.delete(f"{url}/{erik}").status_code == 204
    assert api.delete(f"{url}/{erik}").status_code == 404
    assert events_received(sandbox, receiver) == ["job.hiring-team.updated"]


def test_an_invalid_change_is_rejected_with_its_code(sandbox: Running) -> None:
    api = sandbox.admin()
    url = f"/jobs/{sandbox.job('Data Analyst')}/hiring-team"
    assert refusal(api.post(url, json={"id": "none", "role": "RECRUITER"})) == (400, "USER_NOT_FOUND")
    assert refusal(api.post(url, json={"id": sandbox.user("Erik Holm")})) == (400, "BAD_REQUEST")
    last = f"{url}/{sandbox.user('Dana Ruiz')}"
    assert refusal(api.delete(last)) == (400, "INVALID_HIRING_TEAM_STATE")
    priya = sandbox.as_user("Priya Nair")
    assert priya.post(url, json={"id": sandbox.user("Priya Nair"), "role": "RECRUITER"}).status_code == 401
    assert priya.delete(last).status_code == 401


def test_the_console_changes_the_hiring_team(sandbox: Running, receiver: Receiver) -> None:
    subscribe(sandbox, receiver, events=["job.hiring-team.updated"])
    job, erik = sandbox.job("Sales Lead"), sandbox.user("Erik Holm")
    page = f"/console/jobs/{job}"
    assert f'value="{erik}"' in sandbox.http.get(page).text
    joined = sandbox.http.post(f"{page}/team", data={"user_id": erik, "role": "RECRUITER"})
    assert (joined.status_code, joined.headers["location"]) == (303, page)
    team = next(item["team"] for item in sandbox.state()["jobs"] if item["id"] == job)
    assert {"user_id": erik, "role": "RECRUITER"} in team
    assert sandbox.http.post(f"{page}/team/remove", data={"user_id": erik}).status_code == 303
    assert events_received(sandbox, receiver) == ["job.hiring-team.updated"] * 2
    assert sandbox.http.post(f"{page}/team/remove", data={"user_id": erik}).status_code == 404
