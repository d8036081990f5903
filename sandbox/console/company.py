"""Jobs and candidates as a recruiter sees them; moving a candidate and typing a job's tag."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.errors import ApiError
from sandbox.model import Application, Job
from sandbox.moves import choices, move, set_tag
from sandbox.runtime import Sandbox, sandbox_of
from sandbox.seed import tag_property
from sandbox.web import own_form, page, see_other, text_of


async def jobs(request: Request) -> Response:
    world = sandbox_of(request).state.world
    field = tag_property(world)
    rows = [
        {
            "job": job,
            "tag": job.properties.get(field.id, "") if field is not None else "",
            "count": len(world.applications_for(job.id)),
            "process": world.processes[job.process_id].name,
        }
        for job in world.jobs.values()
    ]
    return page(request, "jobs.html", rows=rows, field=field)


async def job(request: Request) -> Response:
    sandbox = sandbox_of(request)
    world, found = sandbox.state.world, _job(sandbox, request)
    field = tag_property(world)
    applications = world.applications_for(found.id)
    people = [{"application": a, "candidate": world.candidates[a.candidate_id]} for a in applications]
    team = [{"user": world.users[member.user_id], "role": member.role} for member in found.team]
    return page(
        request,
        "job.html",
        job=found,
        tag=found.properties.get(field.id, "") if field is not None else "",
        field=field,
        people=people,
        team=team,
        choices=choices(world, found),
        process=world.processes[found.process_id],
    )


async def save_tag(request: Request) -> Response:
    sandbox = sandbox_of(request)
    form = await own_form(request)
    found = _job(sandbox, request)
    set_tag(sandbox, found, text_of(form, "tag"))
    return see_other(f"/console/jobs/{found.id}" if text_of(form, "back") == "job" else "/console/jobs")


async def move_candidate(request: Request) -> Response:
    """Fields: ``to`` = ``STATUS`` or ``STATUS/step``, optional ``back`` = ``candidate``."""
    sandbox = sandbox_of(request)
    form = await own_form(request)
    application = _application(sandbox, request)
    status, _, step = text_of(form, "to").partition("/")
    move(sandbox, application, status=status, sub_status=step or None, by=sandbox.state.world.recruiter().id)
    if text_of(form, "back") == "candidate":
        return see_other(f"/console/candidates/{application.candidate_id}")
    return see_other(f"/console/jobs/{application.job_id}")


async def candidates(request: Request) -> Response:
    world = sandbox_of(request).state.world
    rows = [
        {
            "candidate": candidate,
            "applications": [(world.jobs[a.job_id], a) for a in world.applications_of(candidate.id)],
            "notes": len(world.notes_on(candidate.id)),
        }
        for candidate in world.candidates.values()
    ]
    return page(request, "candidates.html", rows=rows)


async def candidate(request: Request) -> Response:
    world = sandbox_of(request).state.world
    found = world.candidates.get(request.path_params["candidate_id"])
    if found is None:
        raise ApiError(404, "CANDIDATE_NOT_FOUND", "There is no such candidate.")
    applications = [
        {"application": a, "job": world.jobs[a.job_id], "choices": choices(world, world.jobs[a.job_id])}
        for a in world.applications_of(found.id)
    ]
    notes = [
        {"note": note, "author": world.users[note.author_id].name, "text": _readable(sandbox_of(request), note.content)}
        for note in world.notes_on(found.id)
    ]
    return page(request, "candidate.html", candidate=found, applications=applications, notes=notes)


def _readable(sandbox: Sandbox, content: str) -> str:
    """A note's text with the names of tagged people in place of their tags."""
    world = sandbox.state.world
    for candidate in world.candidates.values():
        content = content.replace(f"#[CANDIDATE:{candidate.id}]", f"#{candidate.name}")
    for user in world.users.values():
        content = content.replace(f"@[USER:{user.id}]", f"@{user.name}")
    return content


def _job(sandbox: Sandbox, request: Request) -> Job:
    found = sandbox.state.world.jobs.get(request.path_params["job_id"])
    if found is None:
        raise ApiError(404, "JOB_NOT_FOUND", "There is no such job.")
    return found


def _application(sandbox: Sandbox, request: Request) -> Application:
    key = request.path_params["candidate_id"], request.path_params["job_id"]
    found = sandbox.state.world.applications.get(key)
    if found is None:
        raise ApiError(404, "APPLICATION_NOT_FOUND", "The candidate has no application for this job.")
    return found


routes: list[BaseRoute] = [
    Route("/console/jobs", jobs, methods=["GET"]),
    Route("/console/jobs/{job_id}", job, methods=["GET"]),
    Route("/console/jobs/{job_id}/tag", save_tag, methods=["POST"]),
    Route("/console/jobs/{job_id}/candidates/{candidate_id}/move", move_candidate, methods=["POST"]),
    Route("/console/candidates", candidates, methods=["GET"]),
    Route("/console/candidates/{candidate_id}", candidate, methods=["GET"]),
]
