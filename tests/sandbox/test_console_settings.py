"""The console edits job fields, and the steps of each hiring process, as an administrator does."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.running import Running


def labels(sandbox: Running) -> dict[str, dict[str, Any]]:
    found = sandbox.admin().get("/configuration/job-properties").json()["content"]
    return {item["label"]: item for item in found}


def steps(sandbox: Running, process: str) -> list[str]:
    found = next(one for one in sandbox.state()["hiring_processes"] if one["name"] == process)
    return [f"{step['status']}/{step['name']}" for step in found["steps"]]


def process_url(sandbox: Running, process: str) -> str:
    found = next(one for one in sandbox.state()["hiring_processes"] if one["name"] == process)
    return f"/console/processes/{found['id']}/steps"


def test_a_field_is_added_renamed_deactivated_and_removed(sandbox: Running) -> None:
    sandbox.http.post("/console/fields", data={"label": "Second tag"})
    made = labels(sandbox)["Second tag"]
    assert (made["category"], made["active"], made["visible"]) == ("job", True, False)
    address = f"/console/fields/{made['id']}"
    saved = sandbox.http.post(address, data={"label": "Third tag", "category": "organization", "visible": "1"})
    assert saved.status_code == 303
    changed = labels(sandbox)["Third tag"]
    assert (changed["category"], changed["active"], changed["visible"]) == ("organization", False, True)
    sandbox.http.post(f"{address}/remove")
    assert "Third tag" not in labels(sandbox)
    assert sandbox.http.post(address, data={"label": "x", "category": "job"}).status_code == 404


def test_a_field_changes_from_text_to_list_and_back(sandbox: Running) -> None:
    ids = {label: item["id"] for label, item in labels(sandbox).items()}
    values = f"/configuration/job-properties/{ids['Crosschq tag']}/values"
    form = {"label": "Crosschq tag", "category": "job", "active": "1"}
    sandbox.http.post(f"/console/fields/{ids['Crosschq tag']}", data=form | {"values": "eng\r\nsales\r\n"})
    listed = sandbox.admin().get(values).json()["content"]
    assert [value["label"] for value in listed] == ["eng", "sales"]
    sandbox.http.post(f"/console/fields/{ids['Crosschq tag']}", data=form | {"values": "eng\nsales"})
    assert sandbox.admin().get(values).json()["content"] == listed
    sandbox.http.post(f"/console/fields/{ids['Crosschq tag']}", data=form | {"values": ""})
    assert sandbox.admin().get(values).json()["totalFound"] == 0


def test_a_step_is_added_renamed_and_removed_in_only_one_process(sandbox: Running) -> None:
    address = process_url(sandbox, "Interns")
    sandbox.http.post(address, data={"status": "INTERVIEW", "name": "Crosschq"})
    assert steps(sandbox, "Interns")[-1] == "INTERVIEW/Crosschq"
    renamed = {"status": "INTERVIEW", "name": "Crosschq", "new_name": "References"}
    assert sandbox.http.post(f"{address}/rename", data=renamed).status_code == 303
    assert steps(sandbox, "Interns")[-1] == "INTERVIEW/References"
    assert "INTERVIEW/Crosschq" in steps(sandbox, "Standard")
    sandbox.http.post(f"{address}/remove", data={"status": "INTERVIEW", "name": "References"})
    assert "INTERVIEW/References" not in steps(sandbox, "Interns")


def test_candidates_stay_at_a_renamed_step(sandbox: Running) -> None:
    form = {"status": "INTERVIEW", "name": "Phone interview", "new_name": "Call"}
    sandbox.http.post(f"{process_url(sandbox, 'Standard')}/rename", data=form)
    maya = next(one for one in sandbox.state()["candidates"] if one["name"] == "Maya Osei")
    assert maya["applications"][0]["sub_status"] == "Call"
    sandbox.act("step", process="Standard", status="INTERVIEW", name="Call", rename="Phone interview")
    assert "INTERVIEW/Phone interview" in steps(sandbox, "Standard")


@pytest.mark.parametrize(
    ("path", "form", "status"),
    [
        ("", {"status": "NEW", "name": "x"}, 400),
        ("", {"status": "INTERVIEW", "name": ""}, 400),
        ("", {"status": "INTERVIEW", "name": "x" * 101}, 400),
        ("/rename", {"status": "INTERVIEW", "name": "Nowhere", "new_name": "x"}, 404),
        ("/rename", {"status": "INTERVIEW", "name": "Crosschq", "new_name": "Phone interview"}, 400),
    ],
)
def test_invalid_input_shows_an_error(sandbox: Running, path: str, form: dict[str, str], status: int) -> None:
    answer = sandbox.http.post(process_url(sandbox, "Standard") + path, data=form)
    assert answer.status_code == status
    assert "That did not work" in answer.text


def test_a_request_from_another_site_changes_nothing(sandbox: Running) -> None:
    elsewhere = {"Origin": "https://elsewhere.example"}
    for path in ("fields", "company", "jobs"):
        assert sandbox.http.post(f"/console/{path}", data={"label": "x"}, headers=elsewhere).status_code == 403
