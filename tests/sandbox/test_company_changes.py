"""The company's configuration changes under an app: job fields, hiring steps, users."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.receiver import Receiver
from tests.sandbox.running import Running
from tests.sandbox.subscribing import events_received, move_maya, subscribe

FIELDS = "/configuration/job-properties"


def field(sandbox: Running, label: str = "Crosschq tag") -> dict[str, Any]:
    found: dict[str, Any] = next(
        item for item in sandbox.admin().get(FIELDS).json()["content"] if item["label"] == label
    )
    return found


def shown(sandbox: Running, label: str = "Crosschq tag", job: str = "Backend Engineer") -> Any:
    """The value of a field on a job, None if the job does not show it."""
    properties = sandbox.admin().get(f"/jobs/{sandbox.job(job)}").json()["properties"]
    return next((item["value"] for item in properties if item["label"] == label), None)


def test_a_changed_tag_or_value_is_reported_as_a_changed_job(sandbox: Running, receiver: Receiver) -> None:
    subscribe(sandbox, receiver, events=["job.updated"])
    job = sandbox.job("Sales Lead")
    sandbox.act("job-tag", job_id=job, tag="sales")
    sandbox.act("job-value", job_id=job, field="Budget level", value="Level 3")
    assert events_received(sandbox, receiver) == ["job.updated"] * 2
    assert shown(sandbox, "Budget level", "Sales Lead")["label"] == "Level 3"
    sandbox.act("job-value", job_id=job, field="Budget level", value="")
    assert shown(sandbox, "Budget level", "Sales Lead") is None
    again = sandbox.act("job-tag", job_id=job, tag="sales")
    assert again["event_id"] is None
    wrong = {"job_id": job, "field": "Budget level", "value": "Level 9"}
    assert sandbox.http.post("/_sandbox/job-value", json=wrong).status_code == 400


def test_a_field_can_be_deactivated_renamed_removed_and_created_again(sandbox: Running) -> None:
    sandbox.act("job-field", label="Crosschq tag", active=False)
    assert field(sandbox)["active"] is False
    assert shown(sandbox) is None
    sandbox.act("job-field", label="Crosschq tag", active=True, rename="Reference check")
    assert shown(sandbox, "Reference check") == {"label": "eng"}
    sandbox.act("job-field", label="Reference check", remove=True)
    labels = [item["label"] for item in sandbox.admin().get(FIELDS).json()["content"]]
    assert "Reference check" not in labels
    assert sandbox.state()["tag_property_id"] is None
    sandbox.act("job-field", label="Crosschq tag", make=True, visible=True)
    assert (field(sandbox)["visible"], shown(sandbox)) == (True, None)


def test_a_text_field_can_become_a_list_and_back(sandbox: Running) -> None:
    sandbox.act("job-field", label="Crosschq tag", values=["eng", "sales"])
    value = shown(sandbox)
    assert (value["label"], bool(value["id"])) == ("eng", True)
    assert shown(sandbox, job="Data Analyst") is None
    values = sandbox.admin().get(f"{FIELDS}/{field(sandbox)['id']}/values").json()
    assert [item["label"] for item in values["content"]] == ["eng", "sales"]
    assert next(job["tag"] for job in sandbox.state()["jobs"] if job["title"] == "Backend Engineer") == "eng"
    sandbox.act("job-field", label="Crosschq tag", values=None)
    assert shown(sandbox) == {"label": "eng"}


def test_labels_follow_the_language_of_the_caller(sandbox: Running) -> None:
    sandbox.act("job-field", label="Crosschq tag", translations={"de": "Crosschq-Schlagwort"})
    api, german = sandbox.admin(), {"Accept-Language": "de,en;q=0.5"}
    assert "Crosschq-Schlagwort" in [item["label"] for item in api.get(FIELDS, headers=german).json()["content"]]
    job = api.get(f"/jobs/{sandbox.job('Backend Engineer')}", headers=german).json()
    assert "Crosschq-Schlagwort" in [item["label"] for item in job["properties"]]
    assert shown(sandbox) == {"label": "eng"}


def test_a_step_can_be_added_and_removed_while_candidates_are_at_it(sandbox: Running) -> None:
    move_maya(sandbox)
    sandbox.act("step", process="Standard", status="INTERVIEW", name="Crosschq", remove=True)
    processes = sandbox.admin().get("/configuration/hiring-processes").json()["content"]
    standard = next(item for item in processes if item["name"] == "Standard")
    assert "Crosschq" not in standard["subStatuses"]["INTERVIEW"]
    assert sandbox.profile("Maya Osei")["applications"][0]["sub_status"] == "Crosschq"
    sandbox.act("step", process="Interns", status="INTERVIEW", name="Crosschq")
    ids = {"candidate_id": sandbox.candidate("Sam Keller"), "job_id": sandbox.job("Marketing Intern")}
    assert sandbox.act("move", **ids, status="INTERVIEW", sub_status="Crosschq")["event_id"]


def test_deactivating_a_user_ends_the_grant(sandbox: Running) -> None:
    tokens = sandbox.connect()
    api, ada = sandbox.api(tokens), sandbox.user("Ada Integration")
    assert sandbox.act("user", user_id=ada, active=False)["active"] is False
    assert api.get("/jobs").status_code == 401
    refused = sandbox.token(grant_type="refresh_token", refresh_token=tokens.refresh)
    assert refused.json()["error"] == "invalid_grant"
    sandbox.act("user", user_id=ada, active=True)
    assert sandbox.token(grant_type="refresh_token", refresh_token=tokens.refresh).status_code == 200


def test_a_user_who_loses_a_role_sees_less(sandbox: Running) -> None:
    api = sandbox.admin()
    assert api.get("/user-api/v201804/users").status_code == 200
    sandbox.act("user", user_id=sandbox.user("Ada Integration"), role="STANDARD", email="ada@acme.example")
    assert api.get("/user-api/v201804/users").status_code == 403
    assert api.get("/user-api/v201804/users/me").json()["email"] == "ada@acme.example"


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("job-field", {"label": "None"}, 404),
        ("job-field", {"label": "Crosschq tag", "make": True}, 400),
        ("job-field", {"label": "Crosschq tag", "category": "person"}, 400),
        ("job-field", {"label": "Crosschq tag", "rename": "Budget level"}, 400),
        ("job-field", {"label": "Crosschq tag", "values": []}, 400),
        ("job-field", {"label": "Crosschq tag", "values": ["a", "a"]}, 400),
        ("job-field", {"label": "Crosschq tag", "values": [1]}, 400),
        ("job-field", {"label": "Crosschq tag", "translations": {"de": 1}}, 400),
        ("job-field", {"label": "Crosschq tag", "active": "no"}, 400),
        ("job-field", {"label": "Crosschq tag", "type": "text"}, 400),
        ("step", {"process": "None", "status": "INTERVIEW", "name": "x"}, 404),
        ("step", {"process": "Standard", "status": "HIRED", "name": "x"}, 400),
        ("user", {"user_id": "none"}, 400),
        ("source/delete", {"identifier": "none"}, 404),
        ("quarantine", {"attachment_id": "none"}, 404),
        ("delete", {"candidate_id": "none"}, 404),
        ("team/leave", {"job_id": "none", "user_id": "none"}, 404),
    ],
)
def test_an_invalid_change_is_rejected(sandbox: Running, path: str, body: dict[str, object], status: int) -> None:
    assert sandbox.http.post(f"/_sandbox/{path}", json=body).status_code == status
