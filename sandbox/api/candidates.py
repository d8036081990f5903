"""Candidates API: read a profile, an application, its status and history; set a status."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response

from sandbox.access import read_as, sees_candidate, sees_job, visible_application, visible_candidate, works_on
from sandbox.api.filters import optional_text
from sandbox.api.shapes import assignment_json, details_json
from sandbox.clock import parse_time, vendor_time
from sandbox.errors import ApiError, bad_request
from sandbox.moves import move
from sandbox.operation import Call, operation


async def details(call: Call) -> Response:
    return JSONResponse(details_json(call, visible_candidate(call.state, call.user, call.path("id"))))


async def application(call: Call) -> Response:
    found = visible_application(call.state, call.user, call.path("id"), call.path("jobId"))
    url = f"{call.sandbox.api_url}/candidates/{found.candidate_id}/jobs/{found.job_id}"
    return JSONResponse({"applicationId": found.id, **assignment_json(call, found), "url": url})


async def set_status(call: Call) -> Response:
    """PUT of a status: fires the same webhook as a move by a person."""
    candidate = visible_candidate(call.state, call.user, call.path("id"))
    found = call.state.world.applications.get((candidate.id, call.path("jobId")))
    if found is None:
        raise ApiError(404, "APPLICATION_NOT_FOUND", "Candidate is not assigned to given job.")
    if not works_on(call.user, call.state.world.jobs[found.job_id]):
        raise ApiError(403, "PERMISSION_DENIED", "Not permitted to update the candidate's status.")
    body = await call.json_object()
    status, starts_on = optional_text(body, "status"), optional_text(body, "startsOn")
    if status is None:
        raise bad_request("status is missing.")
    if starts_on is not None:
        _check_time(starts_on)
    move(
        call.sandbox,
        found,
        status=status,
        sub_status=optional_text(body, "subStatus"),
        by=call.user.id,
        reason_id=optional_text(body, "reason"),
        starts_on=starts_on,
        through_api=True,
    )
    return Response(status_code=204)


async def history(call: Call) -> Response:
    """Every status and step of an application, newest first."""
    world = call.state.world
    candidate_id, job_id = read_as(call.state, call.path("id")), call.path("jobId")
    candidate = world.candidates.get(candidate_id)
    if candidate is None:
        raise ApiError(404, "CANDIDATE_NOT_FOUND", "Candidate not found.")
    found = world.applications.get((candidate_id, job_id))
    if found is None:
        raise ApiError(404, "JOB_NOT_FOUND", "The candidate is not assigned to this job.")
    if not sees_candidate(world, call.user, candidate):
        raise ApiError(403, "NO_ACCESS_TO_CANDIDATE", "Not permitted to see this candidate.")
    if not sees_job(call.user, world.jobs[job_id]):
        raise ApiError(403, "NO_ACCESS_TO_JOB", "Not permitted to see this candidate on this job.")
    content = []
    for change in reversed(found.history):
        item: dict[str, Any] = {"changedOn": vendor_time(change.at), "status": change.status, "actions": {}}
        if change.sub_status is not None:
            item["subStatus"] = change.sub_status
        content.append(item)
    return JSONResponse({"totalFound": len(content), "content": content})


def _check_time(text: str) -> None:
    try:
        parse_time(text)
    except ValueError as error:
        raise bad_request("startsOn must look like 2026-01-31T09:00:00.000Z.") from error


READ, MANAGE = ("candidates_read",), ("candidates_manage",)
ONE, ON_JOB = "/candidates/{id}", "/candidates/{id}/jobs/{jobId}"
routes = [
    operation("GET", ONE, details, scopes=READ),
    operation("GET", ON_JOB, application, scopes=READ),
    operation("PUT", f"{ON_JOB}/status", set_status, scopes=MANAGE),
    operation("GET", f"{ON_JOB}/status/history", history, scopes=("candidates_read", "candidate_status_read")),
]
