"""One odd element of a response is skipped and logged with its path. The others are read as usual."""

from __future__ import annotations

import copy
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import ats
from connectors.smartrecruiters import configuration
from tests.connectors.answers import IDS, MOMENT, QUESTIONS, answering, client
from tests.extent import whole_forms

# An operation that returns a list: where the list is in the body, and one more valid element for it.
LISTS: dict[str, tuple[list[str], dict[str, Any]]] = {
    "users": (["content"], {"id": "u9", "firstName": "Zoe"}),
    "job_fields": (["content"], {"id": "f9", "label": "Team", "category": "job"}),
    "job_field_choices": (["content"], {"id": "v9", "label": "sales"}),
    "hiring_processes": (["content"], {"id": "p9", "name": "Interns", "subStatuses": {"INTERVIEW": ["Crosschq"]}}),
    "source_types": (["content"], {"id": "T9", "label": "Nine", "subtypes": []}),
    "sources": (["content"], {"id": "s9", "label": "Nine"}),
    "jobs": (["content"], {"id": "j9", "title": "Nine", "status": "SOURCING"}),
    "job": (["properties"], {"id": "f9", "label": "Team", "value": {"label": "nine"}}),
    "hiring_team": (["content"], {"id": "u9", "role": "COORDINATOR"}),
    "history": (["content"], {"changedOn": MOMENT, "status": "OFFERED", "subStatus": "Nine"}),
    "at_step": (["content"], {"id": "c9", "primaryAssignment": {"job": {"id": "j9"}}}),
    "search": (["content"], {"id": "c9", "firstName": "Nina"}),
    "webhooks": ([], {"id": "h9", "callbackUrl": "https://z.example/", "status": "active", "events": []}),
    "failed_deliveries": (
        [],
        {"timestamp": MOMENT, "requestDetails": {"body": "{}", "headers": {"event-id": "e9", "event-name": "x"}}},
    ),
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


def ask(name: str, body: Any) -> list[Any]:
    """The elements of a list, or the fields of a job."""
    with answering(body):
        found = QUESTIONS[name][0](client())
    return list(found.fields if name == "job" else found)


def list_in(body: Any, place: list[str]) -> list[Any]:
    for key in place:
        body = body[key]
    assert isinstance(body, list)
    return body


@st.composite
def mutated(draw: st.DrawFn, element: dict[str, Any]) -> Any:
    """The element with one of its values, at any depth, missing or replaced; or something else in its place."""
    if draw(st.booleans()):
        return draw(JSON)
    odd = copy.deepcopy(element)
    holder = odd
    while True:
        key = draw(st.sampled_from(sorted(holder)))
        if isinstance(holder[key], dict) and holder[key] and draw(st.booleans()):
            holder = holder[key]
            continue
        if draw(st.booleans()):
            del holder[key]
        else:
            holder[key] = draw(JSON)
        return odd


@pytest.mark.parametrize("name", LISTS)
@whole_forms(25)
@given(data=st.data())
def test_the_other_elements_survive_an_odd_one(name: str, data: st.DataObject) -> None:
    place, more = LISTS[name]
    right = copy.deepcopy(QUESTIONS[name][1])
    list_in(right, place).append(more)
    expected = ask(name, right)
    assert len(expected) == len(list_in(right, place))
    body = copy.deepcopy(right)
    elements = list_in(body, place)
    odd = data.draw(mutated(elements[0]))
    elements.insert(data.draw(st.integers(0, len(elements))), odd)
    if "totalFound" in body:
        body["totalFound"] = len(elements)
    asked = ask(name, body)
    assert all(one in asked for one in expected)
    assert len(asked) in (len(expected), len(expected) + 1)


@pytest.mark.parametrize("name", QUESTIONS)
@whole_forms(15)
@given(data=st.data())
def test_any_response_raises_at_most_an_ats_error(name: str, data: st.DataObject) -> None:
    body = QUESTIONS[name][1]
    odd = data.draw(mutated(body) if isinstance(body, dict) else st.lists(mutated(body[0]), max_size=3))
    with answering(json.dumps(odd)), suppress(ats.AtsError):
        QUESTIONS[name][0](client())


# An operation that returns one object, and the values that it can't do without.
OBJECTS: dict[str, set[str]] = {
    "company": {"identifier"},
    "me": {"id"},
    "user": {"id"},
    "job": {"id"},
    "candidate": {"id"},
    "application": {"status"},
    "add_candidate": {"id"},
    "webhook": {"id", "callbackUrl", "status", "events"},
}
MORE = {
    "createdOn": MOMENT,
    "primaryAssignment": {"job": {"id": "j1"}},
    "secondaryAssignments": [{"job": {"id": "j2"}}],
}
MISSING = object()
ODD: tuple[Any, ...] = (MISSING, None, 7, 1.5, True, "", "odd", [], [7, None], {}, {"odd": [1]})


@pytest.mark.parametrize("name", OBJECTS)
def test_an_odd_value_of_an_object_loses_no_other_value(name: str) -> None:
    right = QUESTIONS[name][1] | (MORE if name == "candidate" else {})
    expected = read_object(name, right)
    assert read_object(name, right | {"extra": {"odd": [1]}}) == expected
    for key in right.keys() - OBJECTS[name]:
        for odd in ODD:
            body = {k: v for k, v in right.items() if k != key} | ({} if odd is MISSING else {key: odd})
            found = read_object(name, body)
            assert sum(found[part] != expected[part] for part in expected) <= 1, (key, odd)


def read_object(name: str, body: dict[str, Any]) -> dict[str, Any]:
    with answering(body):
        return dict(vars(QUESTIONS[name][0](client())))


def test_a_skipped_value_is_logged_by_its_path_and_not_its_content(caplog: pytest.LogCaptureFixture) -> None:
    body = {"content": [{"email": "maya@example.com"}, {"id": "u1"}, "Maya"]}
    asked = ask("users", body)
    assert [person.id for person in asked] == ["u1"]
    (skipped,) = [record.msg for record in caplog.records if "ats_elements_skipped" in str(record.msg)]
    assert isinstance(skipped, dict)
    assert (skipped["count"], skipped["paths"]) == (2, ["$.content[0].id", "$.content[2]"])
    assert "aya" not in caplog.text


@pytest.mark.parametrize("value", ["bare", 7, 1.5, True, ["a"], [{"label": "a"}], None, {}, {"label": 7}, {"id": "x"}])
def test_an_odd_job_field_does_not_lose_ours(value: object) -> None:
    ours = {"id": "f1", "label": "Crosschq tag", "value": {"label": "eng"}}
    body = {"id": "j1", "title": "Engineer", "properties": [{"id": "f2", "label": "Other", "value": value}, ours]}
    with answering(body):
        found = client().job("j1").field(field_id="f1", label="Crosschq tag")
    assert found
    assert found.text == "eng"


@pytest.mark.parametrize(
    ("value", "text"), [({"label": "eng"}, "eng"), ("eng", "eng"), (42, "42"), ({"label": 42}, "42")]
)
@pytest.mark.parametrize("named", [{"id": "f1"}, {"label": "Crosschq tag"}, {"id": "f1", "label": "Crosschq tag"}])
def test_our_job_field_is_read_in_each_format(value: object, text: str, named: dict[str, str]) -> None:
    with answering({"id": "j1", "title": "Engineer", "properties": [named | {"value": value}]}):
        found = client().job("j1").field(field_id="f1", label="Crosschq tag")
    assert found
    assert found.text == text


@pytest.mark.parametrize(
    ("role", "read"),
    [
        ("HIRING_MANAGER", "hiring_manager"),
        ("Hiring Manager", "hiring_manager"),
        ("hiring-manager", "hiring_manager"),
        ("Recruiter", "recruiter"),
        ("Talent Partner", "talent_partner"),
        (7, "7"),
        (None, ""),
    ],
)
def test_a_role_is_read_in_any_spelling(role: object, read: str) -> None:
    with answering({"content": [{"id": "u1", "role": role}, {"id": "u2"}]}):
        assert client().hiring_team("j1") == [ats.TeamMember("u1", read), ats.TeamMember("u2", "")]


def test_an_object_without_a_name_gets_one_from_its_other_fields() -> None:
    with answering({"id": "j1", "refNumber": "REF-1"}):
        assert client().job("j1").title == "REF-1"
    with answering({"content": [{"id": "j1"}, {"id": "j2", "title": "Engineer", "status": "FILLED"}]}):
        assert [(job.title, job.open) for job in client().jobs()] == [("Untitled job", True), ("Engineer", False)]
    with answering({"content": [{"id": "p1", "subStatuses": {"INTERVIEW": ["Crosschq", 7], "OFFERED": "odd"}}]}):
        assert client().hiring_processes() == [
            ats.HiringProcess("p1", "Unnamed process", True, (ats.Step("INTERVIEW", "Crosschq"),))
        ]
    with answering({"content": [{"id": "f1", "label": "Crosschq tag"}]}):
        assert client().job_fields()[0].usable


def test_a_callback_in_the_log_is_read_despite_unknown_values() -> None:
    details = {"headers": {"Event-Id": "e1", "event-name": "x"}, "body": {"job_id": "j1"}}
    odd: list[Any] = [{}, {"timestamp": MOMENT}, {"timestamp": MOMENT, "requestDetails": "none"}, "text"]
    with answering([*odd, {"timestamp": "2026-01-31T09:00:00", "requestDetails": details}]):
        (callback,) = QUESTIONS["failed_deliveries"][0](client())
    assert (callback.event_id, json.loads(callback.body)) == ("e1", {"job_id": "j1"})


@pytest.mark.parametrize(("body", "note_id"), [("", ""), ("{}", ""), ('{"id": null}', ""), ('{"id": "n1"}', "n1")])
def test_a_note_is_written_whatever_the_response_contains(body: str, note_id: str) -> None:
    with answering(body, status=201):
        assert client().post_note(candidate_id=IDS["candidate_id"], content="ready") == note_id


LONG = "x" * 1_900_000


def test_no_text_is_longer_than_what_is_stored_and_shown() -> None:
    with answering({"id": "j1", "properties": [{"label": LONG[:9000], "value": LONG}]}):
        (field,) = client().job("j1").fields
    with answering({"content": [{"changedOn": MOMENT, "status": LONG[:90], "subStatus": LONG}]}):
        (change,) = client().history(**IDS)
    with answering({"content": [{"id": "p1", "name": LONG[:9000], "subStatuses": {"INTERVIEW": [LONG]}}]}):
        (process,) = client().hiring_processes()
    texts = [field.label, field.text, change.status, change.step, process.name, process.steps[0].name]
    assert [len(text) for text in texts] == [1000, 1000, 40, 100, 1000, 1000]
    assert {text[-1] for text in texts} == {"\u2026"}


def test_what_must_be_whole_is_never_cut() -> None:
    with answering({"secretKey": LONG[:5000]}):
        assert len(client().create_signing_key("h1")) == 5000
    with answering([{"content": f"{LONG[:5000]} https://crosschq.example/r/1"}]):
        assert client().note_exists(candidate_id="c1", containing="https://crosschq.example/r/1")


def test_sources_that_never_end_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(configuration, "MAX_PAGES", 3)
    page = {"totalFound": 10**12, "content": [{"id": "s1", "label": "Crosschq"}]}
    with answering(page) as vendor:
        with pytest.raises(ats.Malformed):
            client().sources("CUSTOM")
        assert len(vendor.calls) == 3
