"""How a call is sent: its slot, its URL, its parameters."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import ats
from tests.connectors.answers import NEW, answering, client, queries

RATES = {
    "X-RateLimit-Limit": "10",
    "X-RateLimit-Remaining": "9",
    "X-RateLimit-Concurrent-Limit": "8",
    "X-RateLimit-Concurrent-Remaining": "7",
}


class Turns:
    """A limiter that records its calls."""

    def __init__(self, *, full: bool = False) -> None:
        self.full = full
        self.said: list[object] = []

    @contextmanager
    def slot(self, endpoint: str, *, exclusive: bool = False) -> Iterator[None]:
        if self.full:
            raise ats.RateLimited("Too many calls are waiting.")
        self.said.append((endpoint, exclusive))
        try:
            yield
        finally:
            self.said.append("released")

    def observe(self, endpoint: str, limit: int | None) -> None:
        self.said.append((endpoint, limit))


def test_a_call_holds_a_slot_and_reports_the_limit_of_the_response() -> None:
    turns = Turns()
    with answering({"id": "c1"}, headers=RATES):
        client(limiter=turns).candidate("c1")
    endpoint = "GET /candidates/{id}"
    assert turns.said == [(endpoint, False), "released", (endpoint, 10)]


def test_a_search_takes_an_exclusive_slot() -> None:
    turns = Turns()
    with answering({"content": []}):
        client(limiter=turns).search("osei")
    assert turns.said[0] == ("GET /candidates", True)


@pytest.mark.parametrize("odd", ["", "many", "-1", "1.5", "9" * 30, "¹"])
def test_a_limit_that_is_not_a_number_is_ignored(odd: str) -> None:
    turns = Turns()
    with answering({"id": "c1"}, headers=dict.fromkeys(RATES, odd)):
        client(limiter=turns).candidate("c1")
    assert turns.said[-1] == ("GET /candidates/{id}", None)


def test_a_refused_call_reports_its_limit_too() -> None:
    turns = Turns()
    with answering("", status=429, headers=RATES | {"X-RateLimit-Remaining": "0"}), pytest.raises(ats.RateLimited):
        client(limiter=turns).candidate("c1")
    assert turns.said[-1] == ("GET /candidates/{id}", 10)


def test_each_page_and_each_retry_takes_a_slot() -> None:
    turns = Turns()
    with answering({"content": [], "nextPageId": "2"}, {"content": []}):
        client(limiter=turns).users()
    assert turns.said.count("released") == 2
    turns = Turns()
    with answering("", status=401), pytest.raises(ats.NotVisible):
        client("t1", "t2", limiter=turns).candidate("c1")
    assert turns.said.count("released") == 2


def test_a_call_without_a_slot_is_not_sent() -> None:
    with answering({"id": "c1"}) as vendor:
        with pytest.raises(ats.RateLimited):
            client(limiter=Turns(full=True)).candidate("c1")
        assert not vendor.calls


def test_a_failed_call_releases_its_slot() -> None:
    turns = Turns()
    with pytest.raises(ats.Unavailable):
        client(limiter=turns).candidate("c1")
    assert turns.said == [("GET /candidates/{id}", False), "released"]


@given(st.text(max_size=20), st.text(max_size=20))
def test_any_id_becomes_one_path_segment(candidate_id: str, job_id: str) -> None:
    with answering({"status": "NEW"}) as vendor:
        try:
            client().application(candidate_id=candidate_id, job_id=job_id)
        except ats.NotVisible:
            assert {candidate_id, job_id} & {"", ".", ".."} or not (candidate_id + job_id).isprintable()
            return
        (call,) = vendor.calls
    url = urlsplit(call.request.url or "")
    segments = url.path.split("/")
    assert [unquote(segment) for segment in segments] == ["", "candidates", candidate_id, "jobs", job_id]
    assert not url.query
    assert not url.fragment


@pytest.mark.parametrize("odd", ["", ".", "..", "\ud800"])
def test_an_impossible_id_is_not_requested(odd: str) -> None:
    with answering({"id": odd}) as vendor:
        with pytest.raises(ats.NotVisible):
            client().candidate(odd)
        with pytest.raises(ats.NotVisible):
            client().post_note(candidate_id=odd, content="x")
        assert not vendor.calls


def test_candidates_at_a_step_are_searched_under_each_status_with_steps() -> None:
    since = datetime(2026, 1, 31, 10, 0, 0, 123456, tzinfo=timezone(timedelta(hours=1)))
    with answering({"content": []}) as vendor:
        client().at_step("Crosschq & more", updated_after=since)
        client().at_step("Crosschq")
        first, second = queries(vendor)
    assert first == {
        "limit": ["100"],
        "status": ["IN_REVIEW", "INTERVIEW", "OFFERED"],
        "subStatus": ["Crosschq & more"],
        "updatedAfter": ["2026-01-31T09:00:00.123Z"],
    }
    assert "updatedAfter" not in second


def test_failed_deliveries_are_requested_from_a_given_time() -> None:
    with answering([]) as vendor:
        client().failed_deliveries("h1", after=datetime(2026, 1, 31, tzinfo=UTC))
        assert queries(vendor) == [
            {"callbackStatus": ["failed"], "after": ["2026-01-31T00:00:00.000Z"], "limit": ["100"]}
        ]


@pytest.mark.parametrize("tags", [("x" * 51,), ("x",) * 101])
def test_tags_beyond_the_vendors_limits_are_not_sent(tags: tuple[str, ...]) -> None:
    with answering({"id": "c1"}) as vendor:
        with pytest.raises(ats.AtsRefused):
            client().add_candidate(replace(NEW, tags=tags))
        assert not vendor.calls


def test_deleting_a_deleted_webhook_and_activating_an_active_one_succeed() -> None:
    with answering("", status=404):
        client().delete_webhook("h1")
    with answering("", status=409):
        client().activate_webhook("h1")
    with answering("", status=409), pytest.raises(ats.Conflict):
        client().add_candidate(NEW)
