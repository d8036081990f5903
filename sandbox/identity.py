"""The OAuth pages: consent (``/identity/oauth/allow``) and tokens (``/identity/oauth/token``)."""

from __future__ import annotations

import base64
import binascii
import hmac
from urllib.parse import parse_qsl, unquote_plus, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.oauth import OAuthError
from sandbox.operation import perform
from sandbox.runtime import COMPANY_COOKIE, Sandbox, sandbox_of
from sandbox.scopes import DEFAULT, PROMPTS
from sandbox.switches import Switches
from sandbox.web import own_form, page, see_other, text_of

CONSENT_PATH = "/identity/oauth/allow"
EXCHANGE_PATH = "/identity/oauth/token"
USER_COOKIE = "sandbox_user"
MAX_FORM = 20_000
GRANT_TYPES = ("authorization_code", "refresh_token", "client_credentials")
_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


async def consent_page(request: Request) -> Response:
    """Ask the user. A wrong client or redirect URI shows an error and never redirects (RFC 6749 4.1.2.1)."""
    sandbox = sandbox_of(request)
    query = request.query_params
    problem = _untrusted(sandbox, query.getlist("client_id"), query.getlist("redirect_uri"))
    if problem is not None:
        return page(request, "message.html", status=400, title="This app cannot be connected", text=problem)
    redirect_uri, state = query["redirect_uri"], query.get("state")
    try:
        scopes = _scopes(query.getlist("scope"), query.getlist("response_type"))
    except OAuthError as error:
        return see_other(_with_error(redirect_uri, error.error, error.description, state))
    store, clock = sandbox.state.oauth, sandbox.state.clock
    key = store.ask(redirect_uri=redirect_uri, scopes=scopes, state=state, now=clock.elapsed)
    users = [user.id for world in sandbox.state.worlds.values() for user in world.users.values() if user.active]
    known = request.cookies.get(USER_COOKIE, "")
    prompts = [PROMPTS[scope] for scope in scopes]
    return page(
        request,
        "consent.html",
        form_action=f"'self' {_origin(redirect_uri)}",
        consent=key,
        prompts=prompts,
        companies=sandbox.state.worlds.values(),
        chosen=known if known in users else next(iter(users), ""),
        client_id=sandbox.config.client_id,
    )


async def consent_answer(request: Request) -> Response:
    """Fields: ``consent`` (from the page), ``user_id``, ``decision`` = ``allow`` or ``deny``."""
    sandbox = sandbox_of(request)
    form = await own_form(request)
    state = sandbox.state
    consent = state.oauth.take_consent(text_of(form, "consent"), now=state.clock.elapsed)
    if consent is None:
        text = "This page was used or has expired. Start again from the app."
        return page(request, "message.html", status=400, title="Start again", text=text)
    if text_of(form, "decision") != "allow":
        text = "The user denied access."
        return see_other(_with_error(consent.redirect_uri, "access_denied", text, consent.state))
    user_id = text_of(form, "user_id")
    world = state.of_user(user_id).world
    user = world.users.get(user_id)
    if user is None or not user.active:
        text = "This user cannot sign in. Start again from the app."
        return page(request, "message.html", status=400, title="Start again", text=text)
    client_id = sandbox.config.client_id
    code = state.oauth.allow(consent, client_id=client_id, user_id=user.id, now=state.clock.elapsed)
    answer = see_other(_with_query(consent.redirect_uri, {"code": code}, consent.state))
    # The user stays signed in, as in any browser, and the console shows their company.
    answer.set_cookie(USER_COOKIE, user.id, path=CONSENT_PATH, httponly=True, samesite="lax")
    answer.set_cookie(COMPANY_COOKIE, world.company_identifier, path="/console", httponly=True, samesite="lax")
    return answer


async def token(request: Request) -> Response:
    """Exchange a code or a refresh token; errors as in RFC 6749 5.2."""
    sandbox = sandbox_of(request)

    async def answer() -> Response:
        try:
            form = await _token_form(request)
            client_id = _authenticate(sandbox, request, form)
            if sandbox.state.switches.exchange_answer == "empty_unused":
                return JSONResponse({}, headers=_NO_STORE)
            tokens = _tokens(sandbox, client_id, form)
        except OAuthError as error:
            return _refusal(error, sandbox.state.switches)
        empty = sandbox.state.switches.exchange_answer == "empty_used"
        return JSONResponse({} if empty else tokens, headers=_NO_STORE)

    return await perform(request, EXCHANGE_PATH, answer, client_id=sandbox.config.client_id)


def _refusal(error: OAuthError, switches: Switches) -> Response:
    """An error of RFC 6749 5.2, with status and body set by switches."""
    chosen = {"invalid_grant": switches.invalid_grant_status, "invalid_client": switches.invalid_client_status}
    status = chosen.get(error.error, 400)
    headers = dict(_NO_STORE)
    if status == 401:
        headers["WWW-Authenticate"] = 'Basic realm="SmartRecruiters sandbox"'
    if switches.oauth_error_body == "vendor":
        body: dict[str, object] = {"errors": [{"code": error.error.upper(), "message": error.description}]}
    elif switches.oauth_error_body == "empty":
        body = {}
    else:
        body = {"error": error.error, "error_description": error.description}
    return JSONResponse(body, status_code=status, headers=headers)


def _tokens(sandbox: Sandbox, client_id: str, form: dict[str, str]) -> dict[str, object]:
    state, now = sandbox.state, sandbox.state.clock.elapsed
    grant_type = _needed(form, "grant_type")
    own = client_id in state.oauth.clients
    if own != (grant_type == "client_credentials") and grant_type in GRANT_TYPES:
        raise OAuthError("unauthorized_client", f"This client may not use {grant_type}.")
    if grant_type == "authorization_code":
        return state.oauth.exchange(_needed(form, "code"), redirect_uri=form.get("redirect_uri"), now=now)
    if grant_type == "refresh_token":
        token = _needed(form, "refresh_token")
        user_id = state.oauth.user_of(token) or ""
        user = state.of_user(user_id).world.users.get(user_id)
        if user is not None and not user.active:
            raise OAuthError("invalid_grant", "The user who gave the grant is not active.")
        return state.oauth.refresh(token, now=now, spent=state.switches.spent_refresh_token)
    if grant_type == "client_credentials":
        return state.oauth.client_credentials(client_id, now=now)
    raise OAuthError("unsupported_grant_type", f"grant_type must be one of {', '.join(GRANT_TYPES)}.")


def _needed(form: dict[str, str], name: str) -> str:
    if not form.get(name):
        raise OAuthError("invalid_request", f"{name} is missing.")
    return form[name]


async def _token_form(request: Request) -> dict[str, str]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise OAuthError("invalid_request", "The body must be application/x-www-form-urlencoded.")
    raw = await request.body()
    try:
        if len(raw) > MAX_FORM:
            raise ValueError("too long")
        pairs = parse_qsl(raw.decode("ascii"), keep_blank_values=True, max_num_fields=20)
    except ValueError as error:
        raise OAuthError("invalid_request", "The body cannot be read as a form.") from error
    form = dict(pairs)
    if len(form) != len(pairs):
        raise OAuthError("invalid_request", "A parameter is given twice.")
    return form


def _authenticate(sandbox: Sandbox, request: Request, form: dict[str, str]) -> str:
    """The client id after checking its secret, from the form or HTTP Basic (RFC 6749 2.3.1)."""
    client_id, secret = form.get("client_id", ""), form.get("client_secret", "")
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            name, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, ValueError) as error:
            raise OAuthError("invalid_client", "The Basic credentials cannot be read.") from error
        basic_id, basic_secret = unquote_plus(name), unquote_plus(password)
        if client_id not in ("", basic_id) or secret not in ("", basic_secret):
            raise OAuthError("invalid_client", "Two different client credentials were sent.")
        client_id, secret = basic_id, basic_secret
    config = sandbox.config
    known = {config.client_id: config.client_secret}
    known |= {name: client.secret for name, client in sandbox.state.oauth.clients.items()}
    if not hmac.compare_digest(secret.encode(), known.get(client_id, "").encode()) or client_id not in known:
        raise OAuthError("invalid_client", "The client id or secret is wrong.")
    return client_id


def _untrusted(sandbox: Sandbox, client_ids: list[str], redirect_uris: list[str]) -> str | None:
    if client_ids != [sandbox.config.client_id]:
        return "The client_id is not one of a registered app."
    if len(redirect_uris) != 1 or redirect_uris[0] not in sandbox.config.redirect_uris:
        return "The redirect_uri is not one of those registered for this app, letter by letter."
    return None


def _scopes(given: list[str], response_types: list[str]) -> tuple[str, ...]:
    """The requested scopes, or the app's defaults if the parameter is missing. An empty parameter is an error."""
    if response_types not in ([], ["code"]):
        raise OAuthError("unsupported_response_type", "response_type must be code.")
    if not given:
        return DEFAULT
    if len(given) > 1:
        raise OAuthError("invalid_request", "scope is given twice.")
    names = tuple(dict.fromkeys(given[0].split(" ")))
    unknown = [name for name in names if name not in PROMPTS]
    if unknown:
        raise OAuthError("invalid_scope", "A scope is unknown or empty.")
    return names


def _with_error(redirect_uri: str, error: str, description: str, state: str | None) -> str:
    return _with_query(redirect_uri, {"error": error, "error_description": description}, state)


def _with_query(redirect_uri: str, parameters: dict[str, str], state: str | None) -> str:
    if state is not None:
        parameters = parameters | {"state": state}
    joint = "&" if urlsplit(redirect_uri).query else "?"
    return f"{redirect_uri}{joint}{urlencode(parameters)}"


def _origin(uri: str) -> str:
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}"


routes: list[BaseRoute] = [
    Route(CONSENT_PATH, consent_page, methods=["GET"]),
    Route(CONSENT_PATH, consent_answer, methods=["POST"]),
    Route(EXCHANGE_PATH, token, methods=["POST"]),
]
