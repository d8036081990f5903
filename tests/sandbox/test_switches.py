"""The switches themselves: listed, typed, set together or not at all, documented."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import sandbox as sandbox_package
from sandbox.switches import TABLE, as_text
from tests.sandbox.running import Running

README = Path(sandbox_package.__file__).parent / "README.md"


def test_every_open_question_about_behavior_has_a_switch() -> None:
    wanted = {"2", "3", "4", "8", "11", "13", "17", "18", "19", "20", "21", "24", "27", "28", "29", "rejection"}
    assert wanted <= {item.question for item in TABLE.values()}


def test_the_switches_are_listed_with_question_value_default_and_choices(sandbox: Running) -> None:
    listed = {item["name"]: item for item in sandbox.read("switches")}
    assert set(listed) == set(TABLE)
    assert all(item["value"] == item["default"] for item in listed.values())
    assert listed["unknown_object"]["choices"] == ["as_denied", "not_found"]
    assert (listed["unknown_object"]["question"], listed["suspend_after"]["choices"]) == ("21", None)


def test_switches_are_set_together_and_can_be_reset(sandbox: Running) -> None:
    wanted = {"suspend_after": 3, "event_on_reentry": False, "tag_length": 150, "merge_events": "none"}
    assert sandbox.act("switches", **wanted) == wanted
    values = sandbox.state()["switches"]
    assert {name: values[name] for name in wanted} == wanted
    sandbox.act("switches/reset")
    assert sandbox.state()["switches"] == {item.name: item.default for item in TABLE.values()}


@pytest.mark.parametrize(
    "wrong",
    [
        {"suspend_after": -1},
        {"suspend_after": True},
        {"suspend_after": "3"},
        {"suspend_after": 10**9},
        {"event_on_reentry": 1},
        {"event_on_reentry": "no"},
        {"tag_length": 60},
        {"tag_length": "50"},
        {"merge_events": "all"},
        {"merge_events": None},
        {"no_such_switch": True},
    ],
)
def test_one_invalid_value_changes_no_switch(sandbox: Running, wrong: dict[str, object]) -> None:
    before = sandbox.state()["switches"]
    answer = sandbox.http.post("/_sandbox/switches", json={"retry_after": 7} | wrong)
    assert answer.status_code == 400
    assert sandbox.state()["switches"] == before


def test_the_readme_documents_each_switch_with_its_number_and_values() -> None:
    rows = {
        match[2]: (match[1], match[3], match[4])
        for match in re.finditer(r"^\| (\S+) \| `(\w+)` \| ([^|]+) \| ([^|]+) \|$", README.read_text(), re.MULTILINE)
    }
    assert set(rows) == set(TABLE)
    for name, (question, positions, _) in rows.items():
        item = TABLE[name]
        assert question == item.question
        shown = [as_text(choice) for choice in item.choices] or [f"a number ({item.default})"]
        assert [part.strip(" `*") for part in positions.split(",")] == shown
        if item.choices:
            assert f"**`{as_text(item.default)}`**" in positions


def test_the_console_lists_all_switches_and_changes_one(sandbox: Running) -> None:
    page = sandbox.http.get("/console/questions").text
    assert all(f'name="{name}"' in page for name in TABLE)
    assert "Question 17" in page
    assert "All switches are at their defaults." in page
    form = {name: as_text(item.default) for name, item in TABLE.items()}
    form |= {"job_names_process": "yes", "suspend_after": "5", "act": "save"}
    saved = sandbox.http.post("/console/questions", data=form)
    assert (saved.status_code, saved.headers["location"]) == (303, "/console/questions")
    values = sandbox.state()["switches"]
    assert (values["job_names_process"], values["suspend_after"], values["tag_length"]) == (True, 5, 50)
    assert "2 switches changed." in sandbox.http.get("/console/questions").text
    assert sandbox.http.post("/console/questions", data={"act": "reset"}).status_code == 303
    assert sandbox.state()["switches"]["suspend_after"] == 20
    assert sandbox.http.post("/console/questions", data={"suspend_after": "many"}).status_code == 400
    assert sandbox.http.post("/console/questions", data={"merge_events": "all"}).status_code == 400
