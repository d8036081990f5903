"""Jobs and candidates as a recruiter sees them; move candidates and set a job's tag."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.console.lookup import application_at, candidate_at, job_at
from sandbox.jobfields import set_tag, shown_value
from sandbox.moves import choices, move
from sandbox.runtime import Sandbox, sandbox_of
from sandbox.seed import tag_property
from sandbox.sources import shown
from sandbox.teams import ROLES
from sandbox.web import own_form, page, see_other, text_of


async def jobs(request: Request) -> Response:
    world = sandbox_of(request).state.world
    field = tag_property(world)
    rows = [
        {
            "job": job,
            "tag": shown_value(job, field) if field is not None else "",
            "count": len(world.applications_for(job.id)),
            "process": world.processes[job.process_id].name,
        }
        for job in world.jobs.values()
    ]
    return page(request, "jobs.html", rows=rows, field=field)


async def job(request: Request) -> Response:
    world, found = sandbox_of(request).state.world, job_at(request)
    field = tag_property(world)
    applications = world.applications_for(found.id)
    people = [{"application": a, "candidate": world.candidates[a.candidate_id]} for a in applications]
    team = [{"user": world.users[member.user_id], "role": member.role} for member in found.team]
    return page(
        request,
        "job.html",
        job=found,
        tag=shown_value(found, field) if field is not None else "",
        field=field,
        people=people,
        team=team,
        others=[u for u in world.users.values() if all(u.id != member.user_id for member in found.team)],
        roles=ROLES,
        choices=choices(world, found),
        process=world.processes[found.process_id],
    )


async def save_tag(request: Request) -> Response:
    sandbox = sandbox_of(request)
    form = await own_form(request)
    found = job_at(request)
    set_tag(sandbox, found, text_of(form, "tag"))
    return see_other(f"/console/jobs/{found.id}" if text_of(form, "back") == "job" else "/console/jobs")


async def move_candidate(request: Request) -> Response:
    """Fields: ``to`` = ``STATUS`` or ``STATUS/step``, optional ``back`` = ``candidate``."""
    sandbox = sandbox_of(request)
    form = await own_form(request)
    application = application_at(request)
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
    world, found = sandbox_of(request).state.world, candidate_at(request)
    on_jobs = [world.jobs[a.job_id] for a in world.applications_of(found.id)]
    applications = [
        {
            "application": a,
            "job": world.jobs[a.job_id],
            "choices": choices(world, world.jobs[a.job_id]),
            "source": shown(a.source),
            "files": world.attachments_of(found.id, a.job_id),
        }
        for a in world.applications_of(found.id)
    ]
    notes = [
        {"note": note, "author": world.users[note.author_id].name, "text": _readable(sandbox_of(request), note.content)}
        for note in world.notes_on(found.id)
    ]
    return page(
        request,
        "candidate.html",
        candidate=found,
        applications=applications,
        notes=notes,
        other_jobs=[job for job in world.jobs.values() if job not in on_jobs],
        other_candidates=[other for other in world.candidates.values() if other is not found],
    )


def _readable(sandbox: Sandbox, content: str) -> str:
    """A note's text with tags replaced by names."""
    world = sandbox.state.world
    for candidate in world.candidates.values():
        content = content.replace(f"#[CANDIDATE:{candidate.id}]", f"#{candidate.name}")
    for user in world.users.values():
        content = content.replace(f"@[USER:{user.id}]", f"@{user.name}")
    return content


routes: list[BaseRoute] = [
    Route("/console/jobs", jobs, methods=["GET"]),
    Route("/console/jobs/{job_id}", job, methods=["GET"]),
    Route("/console/jobs/{job_id}/tag", save_tag, methods=["POST"]),
    Route("/console/jobs/{job_id}/candidates/{candidate_id}/move", move_candidate, methods=["POST"]),
    Route("/console/candidates", candidates, methods=["GET"]),
    Route("/console/candidates/{candidate_id}", candidate, methods=["GET"]),
]
