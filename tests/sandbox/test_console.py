"""The console: every page opens, a person can move and tag, nothing changes by looking, foreign forms are refused."""

from __future__ import annotations

import re

import pytest

from tests.sandbox.running import Running

PAGES = ("jobs", "candidates", "fields", "processes", "deliveries", "calls", "clock", "faults", "questions")


@pytest.mark.parametrize("name", PAGES)
def test_each_page_opens_without_inline_style_or_script(sandbox: Running, name: str) -> None:
    page = sandbox.http.get(f"/console/{name}")
    assert page.status_code == 200
    assert "a stand-in for development" in page.text
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=", page.text)
    assert "script-src" not in page.headers["content-security-policy"]
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert "set-cookie" not in page.headers


def test_a_person_moves_a_candidate_and_sees_it_in_the_history(sandbox: Running) -> None:
    maya, job = sandbox.candidate("Maya Osei"), sandbox.job("Backend Engineer")
    page = sandbox.http.get(f"/console/jobs/{job}").text
    assert 'value="INTERVIEW/Crosschq"' in page
    moved = sandbox.http.post(f"/console/jobs/{job}/candidates/{maya}/move", data={"to": "INTERVIEW/Crosschq"})
    assert (moved.status_code, moved.headers["location"]) == (303, f"/console/jobs/{job}")
    profile = sandbox.http.get(f"/console/candidates/{maya}").text
    assert "Interview, Crosschq" in profile
    assert "Dana Ruiz" in profile


def test_a_person_types_a_tag(sandbox: Running) -> None:
    job = sandbox.job("Sales Lead")
    saved = sandbox.http.post(f"/console/jobs/{job}/tag", data={"tag": "sales"})
    assert (saved.status_code, saved.headers["location"]) == (303, "/console/jobs")
    assert next(item["tag"] for item in sandbox.state()["jobs"] if item["id"] == job) == "sales"


def test_a_step_that_the_process_lacks_is_told_in_words(sandbox: Running) -> None:
    job, sam = sandbox.job("Marketing Intern"), sandbox.candidate("Sam Keller")
    refused = sandbox.http.post(f"/console/jobs/{job}/candidates/{sam}/move", data={"to": "INTERVIEW/Crosschq"})
    assert refused.status_code == 400
    assert "has no step Crosschq" in refused.text


def test_a_person_moves_the_clock_and_sets_and_removes_a_fault(sandbox: Running) -> None:
    assert sandbox.http.post("/console/clock", data={"seconds": "3600"}).status_code == 303
    assert sandbox.state()["clock"]["elapsed"] == 3600
    form = {"route": "GET /jobs", "kind": "status", "times": "1", "status": "500", "seconds": "1"}
    assert sandbox.http.post("/console/faults", data=form).status_code == 303
    (fault,) = sandbox.read("faults")
    assert sandbox.http.post("/console/faults/remove", data={"fault": str(fault["id"])}).status_code == 303
    assert sandbox.read("faults") == []


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/console/clock", {"seconds": "-1"}),
        ("/console/clock", {"seconds": "9" * 30}),
        ("/console/clock", {}),
        ("/console/faults", {"route": "*", "kind": "x", "times": "1", "status": "500", "seconds": "1"}),
        ("/console/faults", {"times": "²"}),
    ],
)
def test_a_form_that_makes_no_sense_is_answered_with_a_sentence(
    sandbox: Running, path: str, form: dict[str, str]
) -> None:
    answer = sandbox.http.post(path, data=form)
    assert answer.status_code == 400
    assert "<h1>That did not work</h1>" in answer.text


@pytest.mark.parametrize("path", ["/console/clock", "/console/faults", "/console/deliveries", "/inbox/clear"])
def test_a_form_of_another_site_changes_nothing(sandbox: Running, path: str) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert sandbox.http.post(path, data={"seconds": "60"}, headers=headers).status_code == 403
    assert sandbox.state()["clock"]["elapsed"] == 0


@pytest.mark.parametrize("path", ["/console/jobs/none", "/console/candidates/none", "/console/none", "/inbox/9"])
def test_what_does_not_exist_is_a_page_that_says_so(sandbox: Running, path: str) -> None:
    answer = sandbox.http.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
