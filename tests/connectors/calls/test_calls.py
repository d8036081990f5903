"""How a call leaves: its turn, its address, its parameters."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import ats, rates
from tests.connectors.answers import FILE, IDS, NEW, answering, client, queries

RATES = {
    "X-RateLimit-Limit": "10",
    "X-RateLimit-Remaining": "9",
    "X-RateLimit-Concurrent-Limit": "8",
    "X-RateLimit-Concurrent-Remaining": "7",
}


class Turns:
    """A limiter that writes down what it is asked and told."""

    def __init__(self, *, full: bool = False) -> None:
        self.full = full
        self.said: list[object] = []

    @contextmanager
    def slot(self, endpoint: str, *, exclusive: bool = False) -> Iterator[None]:
        if self.full:
            raise ats.RateLimited("Too many calls wait.")
        self.said.append((endpoint, exclusive))
        try:
            yield
        finally:
            self.said.append("given back")

    def seen(self, endpoint: str, headers: rates.RateHeaders) -> None:
        self.said.append((endpoint, headers))


def test_a_call_takes_its_turn_gives_it_back_and_tells_what_the_answer_says_of_the_limits() -> None:
    turns = Turns()
    with answering({"id": "c1"}, headers=RATES):
        client(limiter=turns).candidate("c1")
    endpoint = "GET /candidates/{id}"
    assert turns.said == [(endpoint, False), "given back", (endpoint, rates.RateHeaders(10, 9, 8, 7))]


def test_a_search_takes_its_turn_alone() -> None:
    turns = Turns()
    with answering({"content": []}):
        client(limiter=turns).search("osei")
    assert turns.said[0] == ("GET /candidates", True)


@pytest.mark.parametrize("odd", ["", "many", "-1", "1.5", "9" * 30, "¹"])
def test_a_limit_that_is_no_number_is_not_told(odd: str) -> None:
    turns = Turns()
    with answering({"id": "c1"}, headers=dict.fromkeys(RATES, odd)):
        client(limiter=turns).candidate("c1")
    assert turns.said[-1] == ("GET /candidates/{id}", rates.RateHeaders(None, None, None, None))


def test_a_refusal_is_told_to_the_limiter_too() -> None:
    turns = Turns()
    with answering("", status=429, headers=RATES | {"X-RateLimit-Remaining": "0"}), pytest.raises(ats.RateLimited):
        client(limiter=turns).candidate("c1")
    assert turns.said[-1] == ("GET /candidates/{id}", rates.RateHeaders(10, 0, 8, 7))


def test_every_page_and_every_second_try_takes_a_turn() -> None:
    turns = Turns()
    with answering({"content": [], "nextPageId": "2"}, {"content": []}):
        client(limiter=turns).users()
    assert turns.said.count("given back") == 2
    turns = Turns()
    with answering("", status=401), pytest.raises(ats.NotVisible):
        client("t1", "t2", limiter=turns).candidate("c1")
    assert turns.said.count("given back") == 2


def test_a_call_without_a_turn_is_not_sent() -> None:
    with answering({"id": "c1"}) as vendor:
        with pytest.raises(ats.RateLimited):
            client(limiter=Turns(full=True)).candidate("c1")
        assert not vendor.calls


def test_a_turn_is_given_back_when_the_call_fails() -> None:
    turns = Turns()
    with pytest.raises(ats.Unavailable):
        client(limiter=turns).candidate("c1")
    assert turns.said == [("GET /candidates/{id}", False), "given back"]


@given(st.text(max_size=20), st.text(max_size=20))
def test_an_id_is_one_segment_of_the_path_whatever_it_contains(candidate_id: str, job_id: str) -> None:
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
def test_what_cannot_be_an_id_is_not_asked_for(odd: str) -> None:
    with answering({"id": odd}) as vendor:
        with pytest.raises(ats.NotVisible):
            client().candidate(odd)
        with pytest.raises(ats.NotVisible):
            client().post_note(candidate_id=odd, content="x")
        assert not vendor.calls


def test_who_stands_at_a_step_is_asked_for_under_each_status_that_has_steps() -> None:
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


def test_failed_callbacks_are_asked_for_since_a_time() -> None:
    with answering([]) as vendor:
        client().failed_deliveries("h1", after=datetime(2026, 1, 31, tzinfo=UTC))
        assert queries(vendor) == [
            {"callbackStatus": ["failed"], "after": ["2026-01-31T00:00:00.000Z"], "limit": ["100"]}
        ]


@pytest.mark.parametrize("tags", [["x" * 51], ["x"] * 101])
def test_tags_that_the_vendor_does_not_take_are_not_sent(tags: list[str]) -> None:
    with answering({"tags": []}) as vendor:
        with pytest.raises(ats.AtsRefused):
            client().add_tags("c1", tags)
        assert not vendor.calls


def test_a_file_is_sent_whole_under_its_name() -> None:
    with answering({"id": "a1", "name": "report.pdf", "contentType": "application/pdf"}) as vendor:
        client().attach(FILE, **IDS)
        request = vendor.calls[0].request
    assert request.headers["Content-Type"].startswith("multipart/form-data; boundary=")
    assert isinstance(request.body, bytes)
    assert b'name="attachmentType"\r\n\r\nGENERIC_FILE\r\n' in request.body
    assert b'name="file"; filename="report.pdf"\r\nContent-Type: application/pdf\r\n\r\n%PDF\r\n' in request.body


def test_gone_already_and_active_already_are_well() -> None:
    with answering("", status=404):
        client().delete_webhook("h1")
    with answering("", status=409):
        client().activate_webhook("h1")
    with answering("", status=409), pytest.raises(ats.Conflict):
        client().add_candidate(NEW)
