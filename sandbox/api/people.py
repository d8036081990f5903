"""Candidates API: create in the talent pool or on a job, change, delete; tags and consent."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response

from sandbox import profiles
from sandbox.access import changeable_candidate, changes_candidate, sees_all, sees_job, visible_candidate, works_on
from sandbox.api.profile_input import named_source, personal, tags, whole_profile
from sandbox.api.shapes import details_json
from sandbox.clock import vendor_time
from sandbox.errors import ApiError
from sandbox.model import Candidate, Job
from sandbox.operation import Call, operation
from sandbox.sources import API, standard


async def create(call: Call) -> Response:
    """A candidate in the talent pool."""
    if not sees_all(call.user):
        raise ApiError(403, "PERMISSION_DENIED", "Not permitted to create candidates.")
    return await _create(call, None)


async def create_on_job(call: Call) -> Response:
    """A candidate with an application for a job."""
    job = call.state.world.jobs.get(call.path("jobId"))
    if job is None and call.state.switches.unknown_object == "not_found":
        raise ApiError(404, "JOB_NOT_FOUND", "Job not found.")
    if job is None or not sees_job(call.user, job):
        raise ApiError(401, "PERMISSION_DENIED", "Job access denied.")
    if not works_on(call.user, job):
        raise ApiError(403, "PERMISSION_DENIED", "Not permitted to create candidates on this job.")
    return await _create(call, job)


async def _create(call: Call, job: Job | None) -> Response:
    world = call.state.world
    body = await call.json_object()
    given = whole_profile(body, tag_length=call.state.switches.tag_length)
    source = standard(world, API)
    if body.get("sourceDetails") is not None:
        source = named_source(world, body["sourceDetails"], on_job=job is not None)
    made = profiles.create(call.sandbox, given, job=job, source=source, by=call.user.id)
    return JSONResponse(details_json(call, made), status_code=201)


async def update(call: Call) -> Response:
    """Only personal information; other fields of the body are ignored."""
    candidate = changeable_candidate(call.state, call.user, call.path("id"))
    profiles.change(call.sandbox, candidate, personal(await call.json_object(), whole=False))
    return JSONResponse(details_json(call, candidate))


async def delete(call: Call) -> Response:
    profiles.delete(call.sandbox, changeable_candidate(call.state, call.user, call.path("id")))
    return Response(status_code=204)


async def add_tags(call: Call) -> Response:
    candidate = _taggable(call)
    profiles.add_tags(call.sandbox, candidate, await _tags(call))
    return JSONResponse({"tags": candidate.tags}, status_code=201)


async def read_tags(call: Call) -> Response:
    candidate = visible_candidate(call.state, call.user, call.path("id"), denied=403)
    return JSONResponse({"tags": candidate.tags})


async def replace_tags(call: Call) -> Response:
    candidate = _taggable(call)
    profiles.set_tags(call.sandbox, candidate, await _tags(call))
    return JSONResponse({"tags": candidate.tags}, status_code=call.state.switches.tags_put_status)


async def remove_tags(call: Call) -> Response:
    profiles.set_tags(call.sandbox, _taggable(call), [])
    return Response(status_code=204)


async def consent(call: Call) -> Response:
    """Everyone consented on the day their profile was created."""
    candidate = visible_candidate(call.state, call.user, call.path("id"), denied=403)
    return JSONResponse({"status": "ACQUIRED", "date": vendor_time(candidate.created_on)})


async def consents(call: Call) -> Response:
    candidate = visible_candidate(call.state, call.user, call.path("id"), denied=403)
    decision = {"status": "acquired", "scope": "Single", "decidedOn": vendor_time(candidate.created_on)}
    return JSONResponse({"decisions": [decision]})


async def _tags(call: Call) -> list[str]:
    body: dict[str, Any] = await call.json_object()
    return tags(body, length=call.state.switches.tag_length)


def _taggable(call: Call) -> Candidate:
    candidate = visible_candidate(call.state, call.user, call.path("id"), denied=403)
    if not changes_candidate(call.state.world, call.user, candidate):
        raise ApiError(403, "PERMISSION_DENIED", "Not permitted to change this candidate.")
    return candidate


READ, CREATE, MANAGE = ("candidates_read",), ("candidates_create",), ("candidates_manage",)
ONE = "/candidates/{id}"
routes = [
    operation("POST", "/candidates", create, scopes=CREATE),
    operation("POST", "/jobs/{jobId}/candidates", create_on_job, scopes=CREATE),
    operation("PATCH", ONE, update, scopes=MANAGE),
    operation("DELETE", ONE, delete, scopes=MANAGE),
    operation("POST", f"{ONE}/tags", add_tags, scopes=MANAGE),
    operation("GET", f"{ONE}/tags", read_tags, scopes=READ),
    operation("PUT", f"{ONE}/tags", replace_tags, scopes=MANAGE),
    operation("DELETE", f"{ONE}/tags", remove_tags, scopes=MANAGE),
    operation("GET", f"{ONE}/consent", consent, scopes=READ),
    operation("GET", f"{ONE}/consents", consents, scopes=READ),
]
