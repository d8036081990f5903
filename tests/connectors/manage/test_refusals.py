"""The vendor's error responses become a few kinds of errors, each with a sentence for an admin."""

from __future__ import annotations

from typing import Any

import pytest
import requests
import responses

from connectors import ats
from tests.connectors.answers import API, NEW, answering, client


def refusal(body: Any, status: int, *, write: bool = False) -> ats.AtsError:
    with answering(body, status=status), pytest.raises(ats.AtsError) as refused:
        client().add_candidate(NEW) if write else client().candidate("c1")
    assert refused.value.sentence.endswith(".")
    return refused.value


def body(code: str, message: str = "Not for you.") -> dict[str, Any]:
    return {"errors": [{"code": code, "message": message}], "message": message}


@pytest.mark.parametrize(
    ("status", "code", "kind", "permanent"),
    [
        (304, "", ats.Unavailable, False),
        (400, "SUBTYPE_REQUIRED", ats.SourceRefused, True),
        (400, "NO_ACCESS_TO_CANDIDATE", ats.NotVisible, True),
        (400, "SOMETHING_NEW", ats.AtsRefused, True),
        (401, "ACCESS_DENIED", ats.NotVisible, True),
        (403, "PERMISSION_DENIED", ats.Forbidden, True),
        (403, "NO_ACCESS_TO_JOB", ats.NotVisible, True),
        (403, "SUBSCRIPTIONS_LIMIT_EXCEEDED", ats.AtsRefused, True),
        (403, "SECRET_KEYS_LIMIT_EXCEEDED", ats.AtsRefused, True),
        (404, "CANDIDATE_NOT_FOUND", ats.NotVisible, True),
        (404, "SOURCE_TYPE_NOT_FOUND", ats.SourceRefused, True),
        (408, "", ats.Unavailable, False),
        (409, "CANDIDATE_DATA_CONFLICT", ats.Conflict, True),
        (409, "", ats.Conflict, True),
        (413, "PAYLOAD_TOO_LARGE", ats.AtsRefused, True),
        (422, "SOMETHING_NEW", ats.AtsRefused, True),
        (424, "HANDSHAKE_FAILED", ats.AtsRefused, False),
        (429, "TOO_MANY_REQUESTS", ats.RateLimited, False),
        (500, "", ats.Unavailable, False),
        (503, "CANDIDATE_DATA_CONFLICT", ats.Unavailable, False),
    ],
)
def test_status_and_code_decide_the_kind_of_error(
    status: int, code: str, kind: type[ats.AtsError], permanent: bool
) -> None:
    error = refusal(body(code), status)
    assert (type(error), error.permanent, error.code) == (kind, permanent, code)
    assert "Not for you" not in error.sentence


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422, 424, 429, 500])
@pytest.mark.parametrize(
    "odd",
    ["", "<html>", "null", "[]", "{}", '{"errors": {}}', '{"errors": [1]}', '{"errors": [{"code": {}}], "message": 1}'],
)
def test_an_error_with_any_body_raises_an_ats_error(status: int, odd: str) -> None:
    assert refusal(odd, status).code == ""


@pytest.mark.parametrize("text", ["Maya Osei is hidden", "a\x00b", "\ud800", "\u202eAB", "A\nB", "A" * 81, ""])
def test_text_that_is_no_code_is_neither_shown_nor_logged(text: str) -> None:
    error = refusal(body(text), 422)
    assert (error.code, error.sentence) == ("", "SmartRecruiters refused this: 422.")


def test_a_missing_permission_is_named_as_on_the_consent_page() -> None:
    error = refusal(body("OAuthPermissionsException"), 403)
    assert isinstance(error, ats.Forbidden)
    assert error.scope == "candidates_read"
    assert error.sentence == "The connection lacks the permission “Access Candidates”. Reconnect to allow it."


def test_a_weak_role_is_distinguished_from_a_missing_permission() -> None:
    error = refusal(body("PERMISSION_DENIED"), 403, write=True)
    assert isinstance(error, ats.Forbidden)
    assert error.scope == "candidates_create"
    refusal_text, needs = error.sentence.split(". ")
    assert refusal_text == "SmartRecruiters doesn't let us add candidates"
    assert needs == "This needs “Create Candidates” and a user whose role includes it."


def test_a_plan_without_the_api_is_reported() -> None:
    error = refusal({"message": "No access to feature: Customer API"}, 403)
    assert error.sentence == "The company's SmartRecruiters plan doesn't include the Customer API."


def test_a_refused_token_is_renewed_once() -> None:
    with responses.RequestsMock() as vendor:
        denied = {"status": 401, "json": body("UNAUTHORIZED")}
        url = f"{API}/candidates/c1"
        vendor.get(url, **denied)
        vendor.get(url, json={"id": "c1"})
        assert client("t1", "t2").candidate("c1").id == "c1"
        assert [call.request.headers["Authorization"] for call in vendor.calls] == ["Bearer t1", "Bearer t2"]


@pytest.mark.parametrize(("tokens", "calls"), [(("t1",), 1), (("t1", "t2"), 2), (("t1", "t2", "t3"), 2)])
def test_an_object_denied_to_a_fresh_token_is_not_requested_again(tokens: tuple[str, ...], calls: int) -> None:
    with answering(body("ACCESS_DENIED"), status=401) as vendor:
        with pytest.raises(ats.NotVisible):
            client(*tokens).candidate("c1")
        assert len(vendor.calls) == calls


def test_a_refused_tcp_connection_means_nothing_was_sent() -> None:
    with pytest.raises(ats.Unavailable) as refused:
        client().add_candidate(NEW)
    assert not refused.value.sent


def test_a_broken_connection_leaves_it_unknown_whether_the_call_arrived() -> None:
    with responses.RequestsMock() as vendor:
        vendor.post(f"{API}/candidates", body=requests.ConnectionError("broken"))
        with pytest.raises(ats.Unavailable) as refused:
            client().add_candidate(NEW)
    assert refused.value.sent
