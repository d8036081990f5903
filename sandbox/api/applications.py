"""Job applications API, base ``/job-applications-api/v202112``: an application by its own id."""

from __future__ import annotations

import uuid
from typing import Any

from starlette.responses import JSONResponse, Response

from sandbox.access import sees_job
from sandbox.clock import vendor_time
from sandbox.errors import ApiError
from sandbox.operation import Call, operation


async def details(call: Call) -> Response:
    """The application; also 404 if its job is hidden from the user, since the vendor documents nothing else."""
    application_id, world = call.path("jobApplicationId"), call.state.world
    try:
        uuid.UUID(application_id)
    except ValueError as error:
        raise ApiError(400, "INVALID_JOB_APPLICATION_ID", "An application's id is a UUID.") from error
    found = next((a for a in world.applications.values() if a.id == application_id), None)
    if found is None or not sees_job(call.user, world.jobs[found.job_id]):
        raise ApiError(404, "JOB_APPLICATION_NOT_FOUND", "Job application not found.")
    body: dict[str, Any] = {
        "status": found.status,
        "sourceIdentifier": found.source.identifier,
        "createDate": vendor_time(found.history[0].at),
        "profileId": found.candidate_id,
        "jobId": found.job_id,
    }
    if found.sub_status is not None:
        body["subStatus"] = found.sub_status
    return JSONResponse(body)


routes = [
    operation(
        "GET",
        "/job-applications-api/v202112/job-applications/{jobApplicationId}",
        details,
        scopes=("job_applications_read",),
    )
]
