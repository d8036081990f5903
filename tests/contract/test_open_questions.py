"""Undocumented behavior: the client handles each response that the sandbox can give."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connectors import ats
from connectors.smartrecruiters.permissions import PERMISSIONS
from tests.contract.cases_of_company import NOTHING
from tests.contract.cases_of_prospects import NEW
from tests.contract.stage import Stage
from tests.sandbox.running import Running, run_sandbox


@pytest.fixture
def stage(contract_sandbox: Running) -> Stage:
    return Stage(contract_sandbox)


@pytest.mark.parametrize("body", ["errors", "message", "empty", "html"])
def test_a_missing_permission_is_reported_whatever_the_error_body(stage: Stage, body: str) -> None:
    stage.sandbox.act("switches", refusal_body=body)
    with stage.lit(), pytest.raises(ats.Forbidden) as refused:
        stage.ats(scopes=("jobs_read",)).candidate(stage.candidate())
    assert refused.value.scope == "candidates_read"
    assert "“Access Candidates”" in refused.value.sentence


@pytest.mark.parametrize("body", ["rfc6749", "vendor", "empty"])
@pytest.mark.parametrize("status", [400, 401])
def test_a_used_refresh_token_needs_a_person_whatever_the_error(stage: Stage, body: str, status: int) -> None:
    with stage.lit():
        tokens = stage.vendor().exchange(code=stage.consent())
        stage.vendor().refresh(tokens.refresh)
        stage.sandbox.act("switches", oauth_error_body=body, invalid_grant_status=status)
        with pytest.raises(ats.NeedsSignIn):
            stage.vendor().refresh(tokens.refresh)


@pytest.mark.parametrize("answer", ["empty_unused", "empty_used"])
def test_a_success_without_tokens_is_not_a_success(stage: Stage, answer: str) -> None:
    with stage.lit():
        tokens = stage.vendor().exchange(code=stage.consent())
        stage.sandbox.act("switches", exchange_answer=answer)
        with pytest.raises(ats.Unavailable):
            stage.vendor().refresh(tokens.refresh)


@pytest.mark.parametrize("answer", ["as_denied", "not_found"])
def test_a_missing_object_is_not_visible_either_way(stage: Stage, answer: str) -> None:
    stage.sandbox.act("switches", unknown_object=answer)
    with stage.lit():
        client = stage.ats()
        with pytest.raises(ats.NotVisible):
            client.candidate(NOTHING)
        with pytest.raises(ats.NotVisible):
            client.job(NOTHING)


@pytest.mark.parametrize(("shape", "text"), [("label", "eng"), ("label_and_id", "eng"), ("missing", None)])
def test_a_free_text_field_is_read_in_each_format(stage: Stage, shape: str, text: str | None) -> None:
    stage.sandbox.act("switches", text_field_value=shape)
    with stage.lit():
        found = stage.ats().job(stage.job()).field(field_id="", label="Crosschq tag")
    assert (found.text if found else None) == text


@pytest.mark.parametrize("shape", ["missing", "empty_value", "null_label"])
def test_an_empty_free_text_field_is_read_in_each_format(stage: Stage, shape: str) -> None:
    stage.sandbox.act("switches", empty_text_field=shape)
    with stage.lit():
        found = stage.ats().job(stage.job("Sales Lead")).field(field_id="", label="Crosschq tag")
    assert found is None or found.text == ""


@pytest.mark.parametrize("answer", ["updated", "unchanged"])
def test_an_existing_candidate_may_be_returned(stage: Stage, answer: str) -> None:
    stage.sandbox.act("switches", duplicate_candidate=answer)
    with stage.lit():
        client = stage.ats()
        first, second = client.add_candidate(NEW), client.add_candidate(replace(NEW, first_name="Anna"))
    assert second.id == first.id
    assert second.first_name == ("Anna" if answer == "updated" else "Ana")


def test_an_existing_candidate_may_be_a_conflict(stage: Stage) -> None:
    stage.sandbox.act("switches", duplicate_candidate="conflict")
    with stage.lit():
        client = stage.ats()
        client.add_candidate(NEW)
        with pytest.raises(ats.Conflict) as refused:
            client.add_candidate(NEW)
    assert refused.value.code == "CANDIDATE_DATA_CONFLICT"


@pytest.mark.parametrize("status", ["LEAD", "NEW", "none"])
def test_a_talent_pool_candidate_is_read_with_any_status(stage: Stage, status: str) -> None:
    stage.sandbox.act("switches", pool_start_status=status)
    with stage.lit():
        client = stage.ats()
        added = client.add_candidate(NEW)
        assert client.candidate(added.id) == added


def test_each_response_reports_the_endpoints_limit() -> None:
    with run_sandbox() as slow:
        stage = Stage(slow)
        with stage.lit(), pytest.raises(ats.RateLimited):
            _ask_often(stage.ats())
        assert set(stage.wire.limits) == {10}


def _ask_often(client: ats.Ats) -> None:
    for _ in range(30):
        client.me()


def test_the_consent_page_shows_the_requested_scopes(stage: Stage) -> None:
    with stage.lit():
        url = stage.vendor().authorize_url(state="s1")
        page = stage.sandbox.http.get(url).text
    assert all(str(permission.label).replace("'", "&#39;") in page for permission in PERMISSIONS)
