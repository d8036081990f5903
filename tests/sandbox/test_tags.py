"""Tags of candidates."""

from __future__ import annotations

import pytest

from tests.sandbox.receiver import Receiver
from tests.sandbox.running import Running, refusal
from tests.sandbox.subscribing import events_received, subscribe


def tags_url(sandbox: Running, name: str = "Maya Osei") -> str:
    return f"/candidates/{sandbox.candidate(name)}/tags"


def test_tags_are_added_read_replaced_and_removed(sandbox: Running, receiver: Receiver) -> None:
    subscribe(sandbox, receiver, events=["candidate.updated"])
    api, url = sandbox.admin(), tags_url(sandbox)
    added = api.post(url, json={"tags": ["one", "two"]})
    assert (added.status_code, added.json()) == (201, {"tags": ["one", "two"]})
    assert api.post(url, json={"tags": ["TWO", "three"]}).json() == {"tags": ["one", "two", "three"]}
    assert api.get(url).json() == {"tags": ["one", "two", "three"]}
    assert events_received(sandbox, receiver) == ["candidate.updated"] * 2
    replaced = api.put(url, json={"tags": ["four"]})
    assert (replaced.status_code, replaced.json()) == (201, {"tags": ["four"]})
    assert api.get("/candidates", params={"tag": "FOUR"}).json()["totalFound"] == 1
    gone = api.delete(url)
    assert (gone.status_code, api.get(url).json()) == (204, {"tags": []})
    assert events_received(sandbox, receiver) == ["candidate.updated"] * 2
    api.delete(url)
    assert events_received(sandbox, receiver) == []


def test_a_candidate_has_at_most_a_hundred_tags(sandbox: Running) -> None:
    api, url = sandbox.admin(), tags_url(sandbox)
    assert api.put(url, json={"tags": [f"t{number}" for number in range(100)]}).status_code == 201
    assert refusal(api.post(url, json={"tags": ["more"]})) == (400, "TOO_MANY_TAGS")
    assert api.post(url, json={"tags": ["t0"]}).status_code == 201
    assert len(api.get(url).json()["tags"]) == 100


@pytest.mark.parametrize("body", [{}, {"tags": "one"}, {"tags": [1]}, {"tags": ["x" * 51]}, {"tags": [""]}, []])
def test_invalid_tags_are_rejected(sandbox: Running, body: object) -> None:
    api, url = sandbox.admin(), tags_url(sandbox)
    assert api.post(url, json=body).status_code == 400
    assert api.put(url, json=body).status_code == 400


def test_a_hidden_candidate_has_no_tags_to_see_or_change(sandbox: Running) -> None:
    priya, url = sandbox.as_user("Priya Nair"), tags_url(sandbox, "Li Wei")
    assert priya.get(url).status_code == 403
    assert priya.delete(url).status_code == 403
    assert priya.get("/candidates/none/tags").status_code == 403
    sandbox.act(
        "team/join",
        job_id=sandbox.job("Site Reliability Engineer"),
        user_id=sandbox.user("Priya Nair"),
        role="INTERVIEW_TEAM",
    )
    assert priya.get(url).status_code == 200
    assert refusal(priya.put(url, json={"tags": ["x"]})) == (403, "PERMISSION_DENIED")
