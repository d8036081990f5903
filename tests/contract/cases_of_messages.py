"""Notes on a profile, and the token endpoint."""

from __future__ import annotations

from connectors import ats
from tests.contract.cases import fails, succeeds
from tests.contract.cases_of_company import EXTENDED, NOBODY, NOTHING
from tests.contract.oracle import TOKEN_ENDPOINT
from tests.contract.stage import Stage
from tests.sandbox.running import CLIENT_ID, CLIENT_SECRET

SHARE, FETCH = "POST /messages/shares", "GET /messages"
TEXT = "Reference report ready\nhttps://crosschq.example/reports/1/"


@succeeds(SHARE)
def a_note_on_the_profile(stage: Stage) -> None:
    assert stage.ats().post_note(candidate_id=stage.candidate(), content=TEXT)


@fails(SHARE, 400, "NO_ACCESS_TO_CANDIDATE", raises=ats.NotVisible)
def a_note_on_no_profile(stage: Stage) -> None:
    stage.ats().post_note(candidate_id=NOTHING, content=TEXT)


@fails(SHARE, 400, "INVALID_VISIBILITY_OPTIONS")
def a_note_both_open_and_for_everyone(stage: Stage) -> None:
    _share(stage, shareWith={"openNote": True, "everyone": True})


@fails(SHARE, 400, "JOB_NOT_FOUND")
def a_note_for_the_team_of_no_job(stage: Stage) -> None:
    _share(stage, shareWith={"hiringTeamOf": [NOTHING]})


@fails(SHARE, 400, "MENTIONED_USERS_NOT_FOUND")
def a_note_that_mentions_nobody(stage: Stage) -> None:
    _share(stage, content=f"@[USER:{NOBODY}]")


@fails(SHARE, 400, "SHARED_WITH_USERS_NOT_FOUND")
def a_note_for_nobody(stage: Stage) -> None:
    _share(stage, shareWith={"users": [NOBODY]})


def _share(stage: Stage, **body: object) -> None:
    stage.raw(SHARE, "/messages/shares", json={"content": "x"} | body)


@succeeds(FETCH)
def the_notes_of_a_profile(stage: Stage) -> None:
    client = stage.ats()
    assert not client.note_exists(candidate_id=stage.candidate(), containing="reports/1/")
    client.post_note(candidate_id=stage.candidate(), content=TEXT)
    assert client.note_exists(candidate_id=stage.candidate(), containing="reports/1/")
    assert not client.note_exists(candidate_id=stage.candidate(), containing="reports/2/")


@fails(FETCH, 400, "CANDIDATE_NOT_FOUND", raises=ats.NotVisible)
def the_notes_of_no_profile(stage: Stage) -> None:
    stage.ats().note_exists(candidate_id=NOTHING, containing="x")


@fails(FETCH, 400, "JOB_NOT_FOUND")
def the_notes_about_no_job(stage: Stage) -> None:
    stage.raw(FETCH, "/messages", params={"candidateId": stage.candidate(), "jobId": NOTHING})


@fails(FETCH, 400, "APPLICATION_NOT_FOUND")
def the_notes_about_a_job_not_applied_for(stage: Stage) -> None:
    stage.raw(FETCH, "/messages", params={"candidateId": stage.candidate(), "jobId": stage.job("Sales Lead")})


@fails(FETCH, 403, raises=ats.Forbidden)
def notes_read_by_a_user_who_is_not_an_administrator(stage: Stage) -> None:
    stage.ats(EXTENDED).note_exists(candidate_id=stage.candidate(), containing="x")


@succeeds(TOKEN_ENDPOINT)
def a_code_exchanged(stage: Stage) -> None:
    tokens = stage.vendor().exchange(code=stage.consent())
    assert tokens.access != tokens.refresh


@succeeds(TOKEN_ENDPOINT)
def tokens_refreshed(stage: Stage) -> None:
    first = stage.vendor().exchange(code=stage.consent())
    second = stage.vendor().refresh(first.refresh)
    assert len({first.access, first.refresh, second.access, second.refresh}) == 4


@fails(TOKEN_ENDPOINT, 400, "invalid_grant", raises=ats.NeedsSignIn)
def a_code_used_twice(stage: Stage) -> None:
    code = stage.consent()
    stage.vendor().exchange(code=code)
    stage.vendor().exchange(code=code)


@fails(TOKEN_ENDPOINT, 400, "invalid_grant", raises=ats.NeedsSignIn)
def a_refresh_token_used_twice(stage: Stage) -> None:
    tokens = stage.vendor().exchange(code=stage.consent())
    stage.vendor().refresh(tokens.refresh)
    stage.vendor().refresh(tokens.refresh)


@fails(TOKEN_ENDPOINT, 401, "invalid_client")
def another_secret(stage: Stage) -> None:
    _token(stage, client_secret="another", grant_type="refresh_token", refresh_token="x")


@fails(TOKEN_ENDPOINT, 400, "invalid_request")
def no_code(stage: Stage) -> None:
    _token(stage, grant_type="authorization_code")


@fails(TOKEN_ENDPOINT, 400, "unsupported_grant_type")
def another_grant_type(stage: Stage) -> None:
    _token(stage, grant_type="password")


def _token(stage: Stage, **form: str) -> None:
    credentials = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    stage.raw(TOKEN_ENDPOINT, "/identity/oauth/token", data=credentials | form, token=False)
