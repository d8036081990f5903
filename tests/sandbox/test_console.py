"""The console: pages open, candidates move, tags are set, a GET changes nothing, foreign forms are rejected."""

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


def test_a_move_appears_in_the_history(sandbox: Running) -> None:
    maya, job = sandbox.candidate("Maya Osei"), sandbox.job("Backend Engineer")
    page = sandbox.http.get(f"/console/jobs/{job}").text
    assert 'value="INTERVIEW/Crosschq"' in page
    moved = sandbox.http.post(f"/console/jobs/{job}/candidates/{maya}/move", data={"to": "INTERVIEW/Crosschq"})
    assert (moved.status_code, moved.headers["location"]) == (303, f"/console/jobs/{job}")
    profile = sandbox.http.get(f"/console/candidates/{maya}").text
    assert "Interview, Crosschq" in profile
    assert "Dana Ruiz" in profile


def test_a_tag_is_set_in_the_console(sandbox: Running) -> None:
    job = sandbox.job("Sales Lead")
    saved = sandbox.http.post(f"/console/jobs/{job}/tag", data={"tag": "sales"})
    assert (saved.status_code, saved.headers["location"]) == (303, "/console/jobs")
    assert next(item["tag"] for item in sandbox.state()["jobs"] if item["id"] == job) == "sales"


def test_a_move_to_a_missing_step_shows_an_error(sandbox: Running) -> None:
    job, sam = sandbox.job("Marketing Intern"), sandbox.candidate("Sam Keller")
    refused = sandbox.http.post(f"/console/jobs/{job}/candidates/{sam}/move", data={"to": "INTERVIEW/Crosschq"})
    assert refused.status_code == 400
    assert "has no step Crosschq" in refused.text


def test_the_console_moves_the_clock_and_adds_and_removes_a_fault(sandbox: Running) -> None:
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
def test_an_invalid_form_shows_an_error(sandbox: Running, path: str, form: dict[str, str]) -> None:
    answer = sandbox.http.post(path, data=form)
    assert answer.status_code == 400
    assert "<h1>That did not work</h1>" in answer.text


@pytest.mark.parametrize("path", ["/console/clock", "/console/faults", "/console/deliveries", "/inbox/clear"])
def test_a_form_from_another_site_changes_nothing(sandbox: Running, path: str) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert sandbox.http.post(path, data={"seconds": "60"}, headers=headers).status_code == 403
    assert sandbox.state()["clock"]["elapsed"] == 0


@pytest.mark.parametrize("path", ["/console/jobs/none", "/console/candidates/none", "/console/none", "/inbox/9"])
def test_a_missing_object_shows_a_not_found_page(sandbox: Running, path: str) -> None:
    answer = sandbox.http.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
