"""A response that differs from the documentation is refused with the path of the error, and has no other effect."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors import ats
from connectors.smartrecruiters.adapter import SmartRecruitersAts
from tests.connectors.answers import IDS, MOMENT, PERSON, QUESTIONS, answering, client, queries

ODD: list[Any] = [None, "", "odd", 7, -1.5, True, [], [None], [[]], {}, {"odd": 1}]
WITHOUT_AN_ANSWER = {"activate_webhook", "delete_webhook"}

# What a response must contain. Everything else is optional: an element without what it needs is left out.
NEEDED: dict[str, set[str]] = {
    "company": {"$.identifier"},
    "me": {"$.id"},
    "user": {"$.id"},
    "job": {"$.id"},
    "candidate": {"$.id"},
    "application": {"$.status"},
    "add_candidate": {"$.id"},
    "add_candidate_to_job": {"$.id"},
    "post_note": set(),
    "note_exists": set(),
    "attach_file": set(),
    "file_exists": {"$.content"},
    "webhooks": set(),
    "webhook": {"$.id", "$.callbackUrl", "$.status", "$.events", "$.events[0].name"},
    "create_webhook": {"$.id"},
    "create_signing_key": {"$.secretKey"},
    "failed_deliveries": set(),
}
LISTS = [
    *("users", "job_fields", "job_field_choices", "hiring_processes", "source_types", "sources", "jobs"),
    *("hiring_team", "history", "at_step", "search"),
]
NEEDED |= {name: {"$.content"} for name in LISTS}
# Success is all they report, so an empty body is fine.
WRITES = {"post_note", "attach_file"}


def places(body: Any, path: str = "$") -> Iterator[tuple[str, list[Any]]]:
    """Every value of a body below its root, as a path and as the keys that lead to it."""
    entries = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    for key, value in entries:
        here = f"{path}.{key}" if isinstance(key, str) else f"{path}[{key}]"
        yield here, [key]
        for below, keys in places(value, here):
            yield below, [key, *keys]


def changed(body: Any, keys: list[Any], value: Any) -> Any:
    """A copy of the body with another value at a path, or without the path if the value is `...`."""
    whole = copy.deepcopy(body)
    holder = whole
    for key in keys[:-1]:
        holder = holder[key]
    if value is ...:
        del holder[keys[-1]]
    else:
        holder[keys[-1]] = value
    return whole


def refused_at(name: str, body: Any) -> str | None:
    """The path at which the response was refused, or None if it was accepted."""
    with answering(body):
        try:
            QUESTIONS[name][0](client())
        except ats.Malformed as error:
            alike = error.path in error.sentence and error.permanent == (error.path != "$")
            return error.path if alike else "a bad sentence"
    return None


def test_every_operation_of_the_port_is_tested_here() -> None:
    asked = {name for name in dir(ats.Ats) if not name.startswith("_")} - WITHOUT_AN_ANSWER
    assert QUESTIONS.keys() == NEEDED.keys() == asked
    assert asked <= {name for name in dir(SmartRecruitersAts) if not name.startswith("_")}


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_missing_value_is_refused_with_its_path_or_is_optional(name: str) -> None:
    body = QUESTIONS[name][1]
    assert refused_at(name, body) is None
    refused = set()
    for path, keys in places(body):
        if isinstance(keys[-1], str):
            found = refused_at(name, changed(body, keys, ...))
            assert found in (None, path)
            refused |= {found} if found else set()
    assert refused == NEEDED[name]


@pytest.mark.parametrize("name", QUESTIONS)
def test_an_odd_value_anywhere_is_accepted_or_refused_with_its_path(name: str) -> None:
    body = QUESTIONS[name][1]
    for path, keys in places(body):
        for odd in ODD:
            found = refused_at(name, changed(body, keys, odd))
            assert found is None or found == path or found.startswith((f"{path}.", f"{path}["))


@pytest.mark.parametrize("name", QUESTIONS)
@pytest.mark.parametrize(
    "text", ["", "null", "7", '"text"', "<html>", "{", "[" * 100_000, "\xff", '{"content": NaN}'], ids=lambda t: t[:10]
)
def test_a_body_that_is_empty_or_not_json_is_refused_at_the_root(name: str, text: str) -> None:
    found = refused_at(name, text)
    if name in WRITES and text in ("", '{"content": NaN}'):
        assert found is None
    else:
        assert found is not None
        assert found.startswith("$")


@pytest.mark.parametrize(("name", "path"), [("user", "$.id"), ("job", "$.id"), ("webhook", "$.id")])
def test_a_response_about_another_object_is_refused(name: str, path: str) -> None:
    assert refused_at(name, QUESTIONS[name][1] | {"id": "another"}) == path


@pytest.mark.parametrize(("name", "given"), [("user", "u1"), ("job", "j1"), ("webhook", "h1")])
def test_a_response_with_the_id_in_another_case_is_accepted(name: str, given: str) -> None:
    assert refused_at(name, QUESTIONS[name][1] | {"id": given.upper()}) is None


def test_a_candidate_with_another_id_is_the_profile_it_was_merged_into() -> None:
    with answering(QUESTIONS["candidate"][1] | {"id": "survivor"}):
        assert client().candidate("c1").id == "survivor"


def test_ids_are_normalized_to_one_case() -> None:
    candidate, job = "0F8FAD5B-D9CB-469F-A165-70867728950E", "ABCDEFABCDEF0123456789AB"
    with answering({"content": [{"id": candidate, "primaryAssignment": {"job": {"id": job}}}]}):
        (found,) = client().at_step("Crosschq")
    assert (found.id, found.job_ids) == (candidate.lower(), (job.lower(),))


def test_a_time_without_an_offset_is_utc() -> None:
    with answering({"content": [{"changedOn": "2026-01-31T09:00:00", "status": "NEW"}]}):
        (change,) = client().history(**IDS)
    assert change.at == datetime(2026, 1, 31, 9, tzinfo=UTC)


@pytest.mark.parametrize("moment", ["soon", "2026-01-31", "2026-13-31T09:00:00Z", "9" * 40, "0001-01-01T00:00:00Z"])
def test_an_entry_with_an_invalid_time_is_left_out(moment: str) -> None:
    body = {"content": [{"changedOn": moment, "status": "NEW"}, {"changedOn": MOMENT, "status": "OFFERED"}]}
    with answering(body):
        assert [change.status for change in client().history(**IDS)] == ["OFFERED"]


def test_a_history_is_sorted_by_time() -> None:
    entries = [{"changedOn": MOMENT.replace("09", hour), "status": "NEW"} for hour in ("12", "10", "11")]
    with answering({"content": entries}):
        assert [change.at.hour for change in client().history(**IDS)] == [10, 11, 12]


@pytest.mark.parametrize("newest_first", [True, False])
def test_two_moves_in_the_same_millisecond_keep_the_order_of_the_list(newest_first: bool) -> None:
    """A candidate moved to the step and away again isn't at the step."""
    moves = [(MOMENT.replace("09", "08"), "NEW"), (MOMENT, "INTERVIEW"), (MOMENT, "OFFERED")]
    entries = [{"changedOn": moment, "status": status} for moment, status in moves]
    with answering({"content": entries[::-1] if newest_first else entries}):
        assert [change.status for change in client().history(**IDS)] == ["NEW", "INTERVIEW", "OFFERED"]


def test_characters_the_database_cannot_store_are_removed() -> None:
    with answering('{"id": "u\\u00001", "firstName": "A\\ud800da", "lastName": "\\u0000", "active": true}'):
        assert client().me() == ats.AtsUser(id="u1", name="Ada", email="", active=True)


def test_log_entries_that_are_not_events_are_left_out() -> None:
    entry = QUESTIONS["failed_deliveries"][1][0]
    handshake = entry | {"requestDetails": entry["requestDetails"] | {"headers": {"X-Hook-Secret": "s"}}}
    with answering([entry, handshake]):
        (callback,) = QUESTIONS["failed_deliveries"][0](client())
    assert (callback.event_id, callback.body) == ("e1", "{}")


def test_all_pages_are_read() -> None:
    pages = [{"content": [PERSON | {"id": f"u{n}"}], "nextPageId": f"+/{n}="} for n in range(3)]
    pages.append({"content": [PERSON | {"id": "u3"}]})
    with answering(*pages) as vendor:
        assert [person.id for person in client().users()] == ["u0", "u1", "u2", "u3"]
        assert [query.get("pageId") for query in queries(vendor)] == [None, ["+/0="], ["+/1="], ["+/2="]]


def test_a_page_that_links_to_itself_is_refused() -> None:
    with answering({"content": [PERSON], "nextPageId": "again"}) as vendor:
        with pytest.raises(ats.Malformed) as refused:
            client().users()
        assert len(vendor.calls) == 2
    assert refused.value.path == "$.nextPageId"


def test_only_the_cursor_of_a_next_page_link_is_used() -> None:
    link = {"Link": '<https://evil.example/elsewhere?page_id=%2B%2F1>; rel="next", </x?page_id=no>; rel="prev"'}
    with answering([], headers=link) as vendor:
        with pytest.raises(ats.Malformed):
            client().webhooks()
        assert [query.get("page_id") for query in queries(vendor)] == [None, ["+/1"]]


@pytest.mark.parametrize("link", ["", ";", "<>", "<http://[>; rel=next", '<>; rel="next"', "<x?page_id=>; rel=next"])
def test_an_odd_next_page_link_ends_the_list_or_is_refused(link: str) -> None:
    with answering([], headers={"Link": link}):
        assert refused_or_empty() in ([], "$")


def refused_or_empty() -> list[ats.WebhookSubscription] | str:
    try:
        return client().webhooks()
    except ats.Malformed as refused:
        return refused.path
