"""Shared by control plane calls: reading a JSON body and registering a route."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.errors import ApiError, bad_request
from sandbox.model import Application, Candidate, Job
from sandbox.operation import read_json
from sandbox.runtime import Sandbox, sandbox_of

BASE = "/_sandbox"
Json = dict[str, Any]
Act = Callable[[Sandbox, Json], Awaitable[Json]]


def get(path: str, read: Callable[[Request], Any]) -> Route:
    async def endpoint(request: Request) -> Response:
        return JSONResponse(read(request))

    return Route(BASE + path, endpoint, methods=["GET"])


def post(path: str, act: Act) -> Route:
    """A POST with a JSON object. Requiring the content type keeps other websites from sending one."""

    async def endpoint(request: Request) -> Response:
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise ApiError(415, "UNSUPPORTED_MEDIA_TYPE", "The content type must be application/json.")
        body = await read_json(request)
        if not isinstance(body, dict):
            raise bad_request("The body must be a JSON object.")
        return JSONResponse(await act(sandbox_of(request), body))

    return Route(BASE + path, endpoint, methods=["POST"])


def text(body: Json, name: str, *, empty: bool = False) -> str:
    """A text of the body. Raises ApiError 400."""
    value = body.get(name)
    if not isinstance(value, str) or not (value or empty):
        raise bad_request(f"{name} is missing.")
    return value


def flag(body: Json, name: str) -> bool | None:
    """True, false, or None if missing. Raises ApiError 400."""
    value = body.get(name)
    if value is not None and not isinstance(value, bool):
        raise bad_request(f"{name} must be true or false.")
    return value


def job(sandbox: Sandbox, body: Json, name: str = "job_id") -> Job:
    found = sandbox.state.world.jobs.get(text(body, name))
    if found is None:
        raise ApiError(404, "JOB_NOT_FOUND", "There is no such job.")
    return found


def candidate(sandbox: Sandbox, body: Json, name: str = "candidate_id") -> Candidate:
    found = sandbox.state.world.candidates.get(text(body, name))
    if found is None:
        raise ApiError(404, "CANDIDATE_NOT_FOUND", "There is no such candidate.")
    return found


def application(sandbox: Sandbox, body: Json) -> Application:
    key = text(body, "candidate_id"), text(body, "job_id")
    found = sandbox.state.world.applications.get(key)
    if found is None:
        raise ApiError(404, "APPLICATION_NOT_FOUND", "The candidate has no application for this job.")
    return found


def user_id(sandbox: Sandbox, body: Json, name: str = "user_id") -> str:
    found = text(body, name)
    if found not in sandbox.state.world.users:
        raise bad_request(f"{name} is not a user's id.")
    return found


def acting(sandbox: Sandbox, body: Json) -> str:
    """The acting user: ``by``, or a recruiter by default."""
    return user_id(sandbox, body, "by") if body.get("by") else sandbox.state.world.recruiter().id
