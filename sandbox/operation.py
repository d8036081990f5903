"""One API operation as a route: request log, fault, bearer token, scope, limits, and the vendor's errors."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from sandbox.broken import ResetResponse, TruncatedResponse
from sandbox.errors import ApiError, bad_request
from sandbox.faults import Fault
from sandbox.lag import world_at
from sandbox.model import User
from sandbox.oauth import Grant
from sandbox.oddities import as_made, shaped
from sandbox.runtime import Sandbox, sandbox_of
from sandbox.state import LoggedRequest, State
from sandbox.switches import Switches

MAX_BODY = 1_000_000
NOT_JSON = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


@dataclass
class Call:
    """One authenticated API call."""

    request: Request
    sandbox: Sandbox
    grant: Grant

    @property
    def user(self) -> User:
        """The user the app acts for."""
        return self.sandbox.state.world.users[self.grant.user_id]

    def path(self, name: str) -> str:
        """An id from the path; accepts another letter case if we sent the id that way."""
        text = str(self.request.path_params[name])
        return text if self.sandbox.state.switches.id_case == "as_made" else as_made(text)

    @cached_property
    def state(self) -> State:
        """The whole state; reads see the company as of ``read_lag`` seconds ago."""
        state = self.sandbox.state
        if self.request.method != "GET" or not state.switches.read_lag:
            return state
        now, switches = state.clock.now(), state.switches
        hide_new = switches.new_objects == "after_lag"
        seen = world_at(state.world, state.past, now=now, lag_seconds=switches.read_lag, hide_new=hide_new)
        return replace(state, world=seen)

    async def json_object(self) -> dict[str, Any]:
        """The body as a JSON object; raises the 400 otherwise."""
        body = await read_json(self.request)
        if not isinstance(body, dict):
            raise bad_request("The body must be a JSON object.")
        return body


Handler = Callable[[Call], Awaitable[Response]]


async def read_body(request: Request, *, limit: int) -> bytes:
    """The body; raises 413 above ``limit`` bytes."""
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > limit:
            raise ApiError(413, "PAYLOAD_TOO_LARGE", f"The body is larger than {limit} bytes.")
    return bytes(raw)


async def read_json(request: Request) -> Any:
    """The body as JSON; raises the 400, or 413 above one megabyte."""
    raw = await read_body(request, limit=MAX_BODY)
    try:
        body = json.loads(raw, parse_constant=_no_constant)
        json.dumps(body, ensure_ascii=False).encode()  # fails on a lone surrogate, which can't be encoded
    except (ValueError, RecursionError) as error:
        raise bad_request("The body is not JSON.") from error
    return body


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def operation(method: str, path: str, handler: Handler, *, scopes: tuple[str, ...]) -> Route:
    """A route of the API. Any one of ``scopes`` is enough."""
    template = path.replace(":path", "")

    async def endpoint(request: Request) -> Response:
        sandbox = sandbox_of(request)
        grant = _grant(request, sandbox)

        async def answer() -> Response:
            if grant is None:
                raise ApiError(401, "UNAUTHORIZED", "The access token is missing, unknown or expired.")
            if not set(scopes) & set(grant.scopes):
                needed = " or ".join(scopes)
                raise ApiError(
                    403, "OAuthPermissionsException", f"OAuthPermissionsException: this call needs the scope {needed}."
                )
            return await handler(Call(request, sandbox.of(sandbox.state.of_user(grant.user_id)), grant))

        return await perform(request, template, answer, grant=grant)

    return Route(path, endpoint, methods=[method])


async def perform(
    request: Request,
    template: str,
    answer: Callable[[], Awaitable[Response]],
    *,
    grant: Grant | None = None,
    client_id: str | None = None,
) -> Response:
    """Run one operation with its limits and faults, and log it."""
    sandbox = sandbox_of(request)
    state = sandbox.state
    endpoint = f"{request.method} {template}"
    credential = grant.credential if grant is not None else ""
    fault = state.faults.take(request.method, template)
    admitted = not credential or state.limiter.enter(credential, endpoint)
    try:
        if admitted:
            response = await _under_fault(fault, lambda: _guarded(answer, state.switches))
            response, deviations = shaped(response, endpoint, state.switches)
            state.deviations.update(deviations)
        else:
            response = ApiError(429, "TOO_MANY_REQUESTS", "The rate limit is exceeded.").response_under(state.switches)
        too_many = response.status_code == 429
        if too_many and state.switches.retry_after:
            response.headers["Retry-After"] = str(state.switches.retry_after)
        if not too_many or state.switches.limit_headers == "always":
            response.headers.update(state.limiter.headers(credential, endpoint, refused=too_many))
    finally:
        if admitted and credential:
            state.limiter.leave(credential, endpoint)
    state.requests.append(
        LoggedRequest(
            seq=next(state.request_numbers),
            at=state.clock.now(),
            method=request.method,
            template=template,
            path=request.url.path,
            query=request.url.query,
            status=response.status_code,
            client_id=grant.client_id if grant is not None else client_id,
            user_id=grant.user_id if grant is not None else None,
            fault=fault.kind if fault is not None else None,
        )
    )
    return response


async def _guarded(answer: Callable[[], Awaitable[Response]], switches: Switches) -> Response:
    try:
        return await answer()
    except ApiError as error:
        return error.response_under(switches)
    except ClientDisconnect:
        return Response(status_code=400)


async def _under_fault(fault: Fault | None, answer: Callable[[], Awaitable[Response]]) -> Response:
    """Run the operation or skip it, and break the response, as the fault says."""
    if fault is None:
        return await answer()
    if fault.kind == "delay":
        if fault.when == "before":
            await asyncio.sleep(fault.seconds)
        response = await answer()
        if fault.when == "after":
            await asyncio.sleep(fault.seconds)
        return response
    done = await answer() if fault.when == "after" else None
    if fault.kind == "reset":
        return ResetResponse()
    if fault.kind == "not_json":
        return HTMLResponse(NOT_JSON)
    if fault.kind == "empty_token":
        return JSONResponse({})
    if fault.kind == "truncated":
        whole = done or JSONResponse({"content": ["this answer ends in the middle"]})
        return TruncatedResponse(bytes(whole.body), status_code=whole.status_code, headers=_plain(whole.headers))
    message = "The sandbox is set to respond like this."
    return ApiError(fault.status, "SANDBOX_FAULT", message).response()


def _plain(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() != "content-length"}


def _grant(request: Request, sandbox: Sandbox) -> Grant | None:
    """The grant behind the ``Authorization: Bearer`` header, or behind the API key in ``X-SmartToken``."""
    state = sandbox.state
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        grant = state.oauth.grant_of(token.strip(), now=state.clock.elapsed)
    else:
        grant = state.oauth.grant_of_key(request.headers.get("x-smarttoken", ""))
    if grant is None:
        return None
    user = state.of_user(grant.user_id).world.users.get(grant.user_id)
    return grant if user is not None and user.active else None
