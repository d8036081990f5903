"""The OAuth dance: consent, codes, tokens, rotation, errors (RFC 6749; the vendor's authorization-code page)."""

from __future__ import annotations

import base64
import re
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from sandbox.config import Config, ConfigError
from tests.sandbox.running import CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, Running, run_sandbox

ALLOW, TOKEN = "/identity/oauth/allow", "/identity/oauth/token"


def query_of(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def consent_key(page: str) -> str:
    found = re.search(r'name="consent" value="([^"]+)"', page)
    assert found is not None
    return found.group(1)


def test_the_consent_page_lists_the_prompt_of_each_scope_and_allowing_returns_a_code(sandbox: Running) -> None:
    query = {
        "client_id": CLIENT_ID,
        "redirect_uri": REDIRECT_URI,
        "scope": "jobs_read configuration_read",
        "state": "x",
    }
    page = sandbox.http.get(ALLOW, params=query)
    assert page.status_code == 200
    assert "Access Jobs" in page.text
    assert "Access Company Settings" in page.text
    assert "Access Candidates" not in page.text
    assert "Allow Access" in page.text
    assert "form-action 'self' http://localhost:8000" in page.headers["content-security-policy"]
    form = {"consent": consent_key(page.text), "user_id": sandbox.user("Ada Integration"), "decision": "allow"}
    back = sandbox.http.post(ALLOW, data=form)
    assert back.status_code == 303
    assert back.headers["location"].startswith(f"{REDIRECT_URI}?code=")
    assert query_of(back.headers["location"])["state"] == "x"


def test_the_consent_page_accepts_one_answer(sandbox: Running) -> None:
    page = sandbox.http.get(ALLOW, params={"client_id": CLIENT_ID, "redirect_uri": REDIRECT_URI})
    form = {"consent": consent_key(page.text), "user_id": sandbox.user("Ada Integration"), "decision": "allow"}
    assert sandbox.http.post(ALLOW, data=form).status_code == 303
    assert sandbox.http.post(ALLOW, data=form).status_code == 400


def test_denying_redirects_with_access_denied(sandbox: Running) -> None:
    page = sandbox.http.get(ALLOW, params={"client_id": CLIENT_ID, "redirect_uri": REDIRECT_URI, "state": "a b"})
    back = sandbox.http.post(ALLOW, data={"consent": consent_key(page.text), "decision": "deny"})
    found = query_of(back.headers["location"])
    assert (found["error"], found["state"]) == ("access_denied", "a b")
    assert "error_description" in found


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("client_id", "somebody-else"),
        ("redirect_uri", REDIRECT_URI + "/"),
        ("redirect_uri", REDIRECT_URI.upper()),
        ("redirect_uri", "http://localhost:8000/elsewhere"),
    ],
)
def test_a_wrong_client_or_redirect_uri_is_never_redirected(sandbox: Running, name: str, value: str) -> None:
    answer = sandbox.http.get(ALLOW, params={"client_id": CLIENT_ID, "redirect_uri": REDIRECT_URI} | {name: value})
    assert answer.status_code == 400
    assert "location" not in answer.headers


@pytest.mark.parametrize(
    ("scope", "response_type", "error"),
    [
        ("", "code", "invalid_scope"),
        ("jobs_read users:read", "code", "invalid_scope"),
        ("jobs_read", "token", "unsupported_response_type"),
    ],
)
def test_a_wrong_scope_or_response_type_redirects_with_an_error(
    sandbox: Running, scope: str, response_type: str, error: str
) -> None:
    query = {"client_id": CLIENT_ID, "redirect_uri": REDIRECT_URI, "state": "s"}
    answer = sandbox.http.get(ALLOW, params=query | {"scope": scope, "response_type": response_type})
    found = query_of(answer.headers["location"])
    assert (found["error"], found["state"]) == (error, "s")


def test_a_code_is_exchanged_for_tokens_of_thirty_minutes(sandbox: Running) -> None:
    answer = sandbox.token(grant_type="authorization_code", code=sandbox.code(), redirect_uri=REDIRECT_URI)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert set(body) == {"access_token", "token_type", "expires_in", "refresh_token"}
    assert (body["token_type"], body["expires_in"]) == ("bearer", 1800)


def test_http_basic_is_accepted_at_the_token_endpoint(sandbox: Running) -> None:
    pair = base64.b64encode(f"{quote(CLIENT_ID)}:{quote(CLIENT_SECRET)}".encode()).decode()
    form = {"grant_type": "authorization_code", "code": sandbox.code()}
    answer = sandbox.http.post(TOKEN, data=form, headers={"Authorization": f"Basic {pair}"})
    assert answer.status_code == 200


def test_a_code_works_once(sandbox: Running) -> None:
    code = sandbox.code()
    assert sandbox.token(grant_type="authorization_code", code=code).status_code == 200
    again = sandbox.token(grant_type="authorization_code", code=code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


def test_a_code_expires_after_ten_minutes(sandbox: Running) -> None:
    code = sandbox.code()
    sandbox.act("advance", seconds=600)
    answer = sandbox.token(grant_type="authorization_code", code=code)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_a_code_with_another_redirect_uri_is_rejected(sandbox: Running) -> None:
    answer = sandbox.token(grant_type="authorization_code", code=sandbox.code(), redirect_uri="http://localhost:1/")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_a_refresh_token_works_once_and_returns_a_new_one(sandbox: Running) -> None:
    first = sandbox.connect()
    answer = sandbox.token(grant_type="refresh_token", refresh_token=first.refresh).raise_for_status().json()
    assert answer["refresh_token"] != first.refresh
    assert answer["access_token"] != first.access
    again = sandbox.token(grant_type="refresh_token", refresh_token=first.refresh)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    onward = sandbox.token(grant_type="refresh_token", refresh_token=answer["refresh_token"])
    assert onward.status_code == 200


def test_a_refresh_token_expires_after_twenty_eight_days(sandbox: Running) -> None:
    tokens = sandbox.connect()
    sandbox.act("advance", seconds=28 * 86400 - 1)
    kept = sandbox.token(grant_type="refresh_token", refresh_token=tokens.refresh).raise_for_status().json()
    sandbox.act("advance", seconds=28 * 86400)
    answer = sandbox.token(grant_type="refresh_token", refresh_token=kept["refresh_token"])
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_an_access_token_expires_after_thirty_minutes(sandbox: Running) -> None:
    api = sandbox.api(sandbox.connect())
    sandbox.act("advance", seconds=1799)
    assert api.get("/jobs").status_code == 200
    sandbox.act("advance", seconds=1)
    assert api.get("/jobs").status_code == 401


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"grant_type": "authorization_code"}, 400, "invalid_request"),
        ({"grant_type": "password", "username": "a"}, 400, "unsupported_grant_type"),
        ({"code": "x"}, 400, "invalid_request"),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, 400, "invalid_grant"),
        ({"grant_type": "refresh_token", "refresh_token": "x", "client_secret": "wrong"}, 401, "invalid_client"),
    ],
)
def test_token_errors_follow_rfc_6749(sandbox: Running, form: dict[str, str], status: int, error: str) -> None:
    answer = sandbox.token(**form)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


@pytest.mark.parametrize("body", [b"\xff\xfe=1", b"grant_type=a&grant_type=b", b"a=1&" * 30, b"x" * 30_000, b""])
def test_an_unreadable_form_is_an_invalid_request(sandbox: Running, body: bytes) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = sandbox.http.post(TOKEN, content=body, headers=headers)
    assert answer.status_code in (400, 401)
    assert answer.json()["error"] in ("invalid_request", "invalid_client")


def test_json_is_not_a_form(sandbox: Running) -> None:
    answer = sandbox.http.post(TOKEN, json={"grant_type": "refresh_token"})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_removing_the_app_revokes_access_and_refresh_tokens(sandbox: Running) -> None:
    tokens = sandbox.connect()
    assert sandbox.act("revoke") == {"revoked": 1}
    api = sandbox.api(tokens)
    assert api.get("/jobs").status_code == 401
    answer = sandbox.token(grant_type="refresh_token", refresh_token=tokens.refresh)
    assert answer.json()["error"] == "invalid_grant"


def test_a_form_from_another_site_cannot_allow_access(sandbox: Running) -> None:
    page = sandbox.http.get(ALLOW, params={"client_id": CLIENT_ID, "redirect_uri": REDIRECT_URI})
    form = {"consent": consent_key(page.text), "user_id": sandbox.user("Ada Integration"), "decision": "allow"}
    assert sandbox.http.post(ALLOW, data=form, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert sandbox.http.post(ALLOW, data=form, headers={"Origin": "http://evil.example"}).status_code == 403


@pytest.mark.parametrize("uri", ["http://product.example/cb", "https://*.product.example/cb", "http://127.0.0.1/cb"])
def test_a_strict_sandbox_registers_only_exact_https_redirect_uris(uri: str) -> None:
    with pytest.raises(ConfigError):
        Config(client_id="c", client_secret="s", redirect_uris=(uri,))


def test_http_on_localhost_can_be_registered() -> None:
    config = Config(client_id="c", client_secret="s", redirect_uris=("http://localhost:8000/cb",))
    assert config.redirect_uris == ("http://localhost:8000/cb",)


def test_a_strict_sandbox_rejects_callbacks_without_https() -> None:
    with run_sandbox(allow_http_loopback=False) as strict, strict.api(strict.connect()) as api:
        body = {"callbackUrl": "http://localhost:1/hook", "events": ["job.created"]}
        assert api.post("/webhooks-api/v201907/subscriptions", json=body).status_code == 422
