"""Candidates API: search, profile, one application, its status and its history."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.access import (
    sees_candidate,
    sees_job,
    visible_application,
    visible_candidate,
)
from sandbox.api.filters import action, after
from sandbox.clock import parse_time, vendor_time
from sandbox.errors import ApiError, bad_request
from sandbox.model import STATUSES, Application, Candidate, World
from sandbox.moves import move
from sandbox.operation import Call, operation
from sandbox.paging import next_link, page


async def details(call: Call) -> Response:
    candidate = visible_candidate(call.sandbox.state.world, call.user, call.path("id"))
    return JSONResponse(_details_json(call, candidate))


async def search(call: Call) -> Response:
    """Candidates with at least one application that match every filter."""
    world = call.sandbox.state.world
    _check_pairs(call.request)
    for status in call.request.query_params.getlist("status"):
        if status not in STATUSES:
            raise bad_request(f"status must be one of {', '.join(STATUSES)}.")
    found = [
        candidate
        for candidate in world.candidates.values()
        if sees_candidate(world, call.user, candidate) and _matches(world, candidate, call.request)
    ]
    part = page(call.request, found, key=lambda candidate: candidate.id, kind="candidates")
    body: dict[str, Any] = {"limit": part.limit, "offset": 0, "totalFound": part.total}
    if part.next_page_id is not None:
        body["nextPageId"] = part.next_page_id
    body["content"] = [_list_json(call, candidate) for candidate in part.items]
    return JSONResponse(body, headers=next_link(call.request, part.next_page_id))


async def application(call: Call) -> Response:
    world = call.sandbox.state.world
    found = visible_application(world, call.user, call.path("id"), call.path("jobId"))
    url = f"{call.sandbox.api_url}/candidates/{found.candidate_id}/jobs/{found.job_id}"
    return JSONResponse({"applicationId": found.id, **_assignment(world, found), "url": url})


async def set_status(call: Call) -> Response:
    """PUT of a status: fires the same webhook as a move by a person."""
    world = call.sandbox.state.world
    candidate = visible_candidate(world, call.user, call.path("id"))
    found = world.applications.get((candidate.id, call.path("jobId")))
    if found is None:
        raise ApiError(404, "APPLICATION_NOT_FOUND", "Candidate is not assigned to given job.")
    if not sees_job(call.user, world.jobs[found.job_id]):
        raise ApiError(403, "PERMISSION_DENIED", "Not permitted to update the candidate's status.")
    body = await call.json_object()
    texts = {name: _optional_text(body, name) for name in ("status", "subStatus", "reason", "startsOn")}
    if texts["status"] is None:
        raise bad_request("status is missing.")
    if texts["startsOn"] is not None:
        _check_time(texts["startsOn"])
    move(
        call.sandbox,
        found,
        status=texts["status"],
        sub_status=texts["subStatus"],
        by=call.user.id,
        reason_id=texts["reason"],
        starts_on=texts["startsOn"],
    )
    return Response(status_code=204)


async def history(call: Call) -> Response:
    world = call.sandbox.state.world
    candidate_id, job_id = call.path("id"), call.path("jobId")
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


def _details_json(call: Call, candidate: Candidate) -> dict[str, Any]:
    world, url = call.sandbox.state.world, f"{call.sandbox.api_url}/candidates/{candidate.id}"
    body = _common(candidate) | {
        "education": [],
        "experience": [],
        "actions": {
            "properties": action(f"{url}/properties"),
            "attachments": action(f"{url}/attachments"),
            "consent": action(f"{url}/consent"),
            "consents": action(f"{url}/consents"),
        },
    }
    if candidate.phone is not None:
        body["phoneNumber"] = candidate.phone
    assignments = [_job_of(call, a) | _assignment(world, a) for a in world.applications_of(candidate.id)]
    return body | _primary_and_others(assignments)


def _list_json(call: Call, candidate: Candidate) -> dict[str, Any]:
    """A search result: the primary assignment with its status, the others by job alone."""
    url = f"{call.sandbox.api_url}/candidates/{candidate.id}"
    assignments = []
    for number, found in enumerate(call.sandbox.state.world.applications_of(candidate.id)):
        item = _job_of(call, found)
        if number == 0:
            item["status"] = found.status
            if found.sub_status is not None:
                item["subStatus"] = found.sub_status
        else:
            del item["job"]["title"]
        assignments.append(item)
    actions = {"details": action(url), "properties": action(f"{url}/properties")}
    consent = {"consent": {"status": "ACQUIRED"}}
    return _common(candidate) | consent | {"actions": actions} | _primary_and_others(assignments)


def _common(candidate: Candidate) -> dict[str, Any]:
    body: dict[str, Any] = {
        "id": candidate.id,
        "internal": candidate.internal,
        "firstName": candidate.first_name,
        "lastName": candidate.last_name,
        "createdOn": vendor_time(candidate.created_on),
        "updatedOn": vendor_time(candidate.updated_on),
        "location": {},
        "tags": candidate.tags,
    }
    if candidate.email is not None:
        body["email"] = candidate.email
    return body


def _primary_and_others(assignments: list[dict[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if assignments:
        found["primaryAssignment"] = assignments[0]
    if len(assignments) > 1:
        found["secondaryAssignments"] = assignments[1:]
    return found


def _job_of(call: Call, found: Application) -> dict[str, Any]:
    job = call.sandbox.state.world.jobs[found.job_id]
    details = action(f"{call.sandbox.api_url}/jobs/{job.id}")
    return {"job": {"id": job.id, "title": job.title, "actions": {"details": details}}}


def _assignment(world: World, found: Application) -> dict[str, Any]:
    body: dict[str, Any] = {"status": found.status, "source": found.source}
    if found.sub_status is not None:
        body["subStatus"] = found.sub_status
    if found.starts_on is not None:
        body["startsOn"] = found.starts_on
    if found.reason_id is not None:
        reason = world.reasons[found.reason_id]
        name = "reasonOfRejection" if found.status == "REJECTED" else "reasonOfWithdrawal"
        body[name] = {"id": reason.id, "label": reason.label}
    return body


def _matches(world: World, candidate: Candidate, request: Request) -> bool:
    query = request.query_params
    since = after(request, "updatedAfter")
    if since is not None and candidate.updated_on <= since:
        return False
    q = query.get("q", "").casefold()
    if q not in f"{candidate.name} {candidate.email or ''}".casefold():
        return False
    tags = {tag.casefold() for tag in query.getlist("tag")}
    if tags and not tags & {tag.casefold() for tag in candidate.tags}:
        return False
    jobs, statuses = query.getlist("jobId"), query.getlist("status")
    step = query.get("subStatus") if statuses else None
    return any(
        (not jobs or a.job_id in jobs)
        and (not statuses or a.status in statuses)
        and (step is None or a.sub_status == step)
        for a in world.applications_of(candidate.id)
    )


def _check_pairs(request: Request) -> None:
    """Filters that come in groups must have the same number of values each."""
    for code, names in (
        ("FIELDS_CRITERIA_SIZE_VIOLATED", ("propertyId", "propertyValueId")),
        ("SOURCES_CRITERIA_SIZE_VIOLATED", ("sourceType", "sourceSubType", "sourceValueId")),
        ("SCREENING_QUESTIONS_CRITERIA_SIZE_VIOLATED", ("questionCategory", "questionFieldId", "questionFieldValueId")),
    ):
        if len({len(request.query_params.getlist(name)) for name in names}) > 1:
            raise ApiError(400, code, f"{', '.join(names)} must be given equally often.")


def _optional_text(body: dict[str, Any], name: str) -> str | None:
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise bad_request(f"{name} must be text.")
    return value


def _check_time(text: str) -> None:
    try:
        parse_time(text)
    except ValueError as error:
        raise bad_request("startsOn must look like 2026-01-31T09:00:00.000Z.") from error


READ, MANAGE = ("candidates_read",), ("candidates_manage",)
routes = [
    operation("GET", "/candidates", search, scopes=READ),
    operation("GET", "/candidates/{id}", details, scopes=READ),
    operation("GET", "/candidates/{id}/jobs/{jobId}", application, scopes=READ),
    operation("PUT", "/candidates/{id}/jobs/{jobId}/status", set_status, scopes=MANAGE),
    operation(
        "GET",
        "/candidates/{id}/jobs/{jobId}/status/history",
        history,
        scopes=("candidates_read", "candidate_status_read"),
    ),
]
