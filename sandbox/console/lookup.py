"""Find the objects named in URLs and forms, or raise 404."""

from __future__ import annotations

from starlette.requests import Request

from sandbox.errors import ApiError
from sandbox.model import Application, Candidate, Job
from sandbox.runtime import sandbox_of


def job_named(request: Request, job_id: str) -> Job:
    found = sandbox_of(request).state.world.jobs.get(job_id)
    if found is None:
        raise ApiError(404, "JOB_NOT_FOUND", "There is no such job.")
    return found


def job_at(request: Request) -> Job:
    return job_named(request, request.path_params["job_id"])


def candidate_named(request: Request, candidate_id: str) -> Candidate:
    found = sandbox_of(request).state.world.candidates.get(candidate_id)
    if found is None:
        raise ApiError(404, "CANDIDATE_NOT_FOUND", "There is no such candidate.")
    return found


def candidate_at(request: Request) -> Candidate:
    return candidate_named(request, request.path_params["candidate_id"])


def application_at(request: Request) -> Application:
    key = request.path_params["candidate_id"], request.path_params["job_id"]
    found = sandbox_of(request).state.world.applications.get(key)
    if found is None:
        raise ApiError(404, "APPLICATION_NOT_FOUND", "The candidate has no application for this job.")
    return found
