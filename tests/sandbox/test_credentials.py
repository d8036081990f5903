"""Credentials that a company makes for itself: API keys and the client-credentials grant."""

from __future__ import annotations

import httpx
import pytest

from tests.sandbox.running import Running, refusal


def token(sandbox: Running, client: dict[str, str], grant_type: str = "client_credentials") -> httpx.Response:
    form = {"grant_type": grant_type, **client}
    return sandbox.http.post("/identity/oauth/token", data=form)


def test_an_api_key_acts_as_its_user_until_it_is_revoked(sandbox: Running) -> None:
    made = sandbox.act("credentials", kind="api_key", user_id=sandbox.user("Dana Ruiz"))
    headers = {"x-smarttoken": made["api_key"]}
    me = sandbox.http.get("/user-api/v201804/users/me", headers=headers)
    assert me.json()["firstName"] == "Dana"
    assert sandbox.http.get("/jobs", headers={"X-SmartToken": "wrong"}).status_code == 401
    sandbox.act("revoke")
    assert sandbox.http.get("/jobs", headers=headers).status_code == 401


def test_a_company_client_gets_an_access_token_without_a_refresh_token(sandbox: Running) -> None:
    ada = sandbox.user("Ada Integration")
    client = sandbox.act("credentials", kind="client", user_id=ada, scopes=["jobs_read"])
    answer = token(sandbox, client)
    assert answer.status_code == 200
    assert set(answer.json()) == {"access_token", "token_type", "expires_in"}
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    assert sandbox.http.get("/jobs", headers=headers).status_code == 200
    assert refusal(sandbox.http.get("/candidates", headers=headers))[0] == 403
    sandbox.act("advance", seconds=1800)
    assert sandbox.http.get("/jobs", headers=headers).status_code == 401
    wrong = token(sandbox, client | {"client_secret": "wrong"})
    assert wrong.json()["error"] == "invalid_client"


def test_a_client_uses_only_its_own_grants(sandbox: Running) -> None:
    client = sandbox.act("credentials", kind="client", user_id=sandbox.user("Ada Integration"))
    assert token(sandbox, client, "refresh_token").json()["error"] == "unauthorized_client"
    assert sandbox.token(grant_type="client_credentials").json()["error"] == "unauthorized_client"


@pytest.mark.parametrize("change", [{"kind": "password"}, {"user_id": "none"}, {"scopes": ["all"]}, {"scopes": "all"}])
def test_an_invalid_credential_is_rejected(sandbox: Running, change: dict[str, object]) -> None:
    body = {"kind": "client", "user_id": sandbox.user("Ada Integration")} | change
    assert sandbox.http.post("/_sandbox/credentials", json=body).status_code == 400
