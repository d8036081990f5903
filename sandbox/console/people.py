"""Recruiter actions: add, transfer, merge, and delete candidates; change hiring teams."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox import profiles, teams
from sandbox.api.attachments import file_response
from sandbox.console.lookup import application_at, candidate_at, candidate_named, job_at, job_named
from sandbox.errors import ApiError, bad_request
from sandbox.runtime import sandbox_of
from sandbox.sources import MANUAL_UPLOAD, standard
from sandbox.web import own_form, see_other, text_of


async def add_candidate(request: Request) -> Response:
    """Fields: ``first_name``, ``last_name``, ``email``."""
    sandbox, form = sandbox_of(request), await own_form(request)
    job = job_at(request)
    given = {name: text_of(form, name).strip() for name in ("first_name", "last_name", "email")}
    if not given["first_name"] or not given["last_name"]:
        raise bad_request("Enter a first and last name.")
    source = standard(sandbox.state.world, MANUAL_UPLOAD)
    by = sandbox.state.world.recruiter().id
    profiles.create(sandbox, given | {"email": given["email"] or None}, job=job, source=source, by=by)
    return see_other(f"/console/jobs/{job.id}")


async def join_team(request: Request) -> Response:
    """Fields: ``user_id``, ``role``."""
    form, job = await own_form(request), job_at(request)
    teams.add_member(sandbox_of(request), job, user_id=text_of(form, "user_id"), role=text_of(form, "role"))
    return see_other(f"/console/jobs/{job.id}")


async def leave_team(request: Request) -> Response:
    """Field: ``user_id``."""
    form, job = await own_form(request), job_at(request)
    teams.remove_member(sandbox_of(request), job, user_id=text_of(form, "user_id"))
    return see_other(f"/console/jobs/{job.id}")


async def transfer(request: Request) -> Response:
    """Field: ``to``, the other job's id."""
    sandbox, form = sandbox_of(request), await own_form(request)
    application = application_at(request)
    to = job_named(request, text_of(form, "to"))
    profiles.transfer(sandbox, application, to, by=sandbox.state.world.recruiter().id)
    return see_other(f"/console/candidates/{application.candidate_id}")


async def merge(request: Request) -> Response:
    """Field: ``other``, the profile to merge and remove."""
    form, master = await own_form(request), candidate_at(request)
    profiles.merge(sandbox_of(request), master, candidate_named(request, text_of(form, "other")))
    return see_other(f"/console/candidates/{master.id}")


async def delete(request: Request) -> Response:
    await own_form(request)
    profiles.delete(sandbox_of(request), candidate_at(request))
    return see_other("/console/candidates")


async def attachment(request: Request) -> Response:
    found = sandbox_of(request).state.world.attachments.get(request.path_params["attachment_id"])
    if found is None:
        raise ApiError(404, "FILE_NOT_FOUND", "There is no such attachment.")
    return file_response(found)


JOB, CANDIDATE = "/console/jobs/{job_id}", "/console/candidates/{candidate_id}"
routes: list[BaseRoute] = [
    Route(f"{JOB}/candidates", add_candidate, methods=["POST"]),
    Route(f"{JOB}/team", join_team, methods=["POST"]),
    Route(f"{JOB}/team/remove", leave_team, methods=["POST"]),
    Route(f"{JOB}/candidates/{{candidate_id}}/transfer", transfer, methods=["POST"]),
    Route(f"{CANDIDATE}/merge", merge, methods=["POST"]),
    Route(f"{CANDIDATE}/delete", delete, methods=["POST"]),
    Route("/console/attachments/{attachment_id}", attachment, methods=["GET"]),
]
