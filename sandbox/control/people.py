"""Candidates and hiring teams: move, transfer, merge, delete, add."""

from __future__ import annotations

from starlette.routing import BaseRoute

from sandbox import growth, profiles, teams
from sandbox.control import plane
from sandbox.control.plane import Json, post
from sandbox.errors import ApiError, bad_request
from sandbox.moves import move
from sandbox.runtime import Sandbox


async def seed(sandbox: Sandbox, body: Json) -> Json:
    return growth.grow(sandbox, body)


async def move_candidate(sandbox: Sandbox, body: Json) -> Json:
    application = plane.application(sandbox, body)
    status, step = plane.text(body, "status"), body.get("sub_status")
    if step is not None and not isinstance(step, str):
        raise bad_request("sub_status must be text.")
    event_id = move(sandbox, application, status=status, sub_status=step, by=plane.acting(sandbox, body))
    return {"event_id": event_id, "application_id": application.id}


async def transfer(sandbox: Sandbox, body: Json) -> Json:
    """Transfer the application to the job ``to_job_id``."""
    to = plane.job(sandbox, body, "to_job_id")
    made = profiles.transfer(sandbox, plane.application(sandbox, body), to, by=plane.acting(sandbox, body))
    return {"application_id": made.id}


async def merge(sandbox: Sandbox, body: Json) -> Json:
    """Merges the profile ``other_id`` into ``candidate_id``."""
    master = plane.candidate(sandbox, body)
    profiles.merge(sandbox, master, plane.candidate(sandbox, body, "other_id"))
    applications = sandbox.state.world.applications_of(master.id)
    return {"candidate_id": master.id, "applications": [application.id for application in applications]}


async def delete(sandbox: Sandbox, body: Json) -> Json:
    profiles.delete(sandbox, plane.candidate(sandbox, body))
    return {}


async def join_team(sandbox: Sandbox, body: Json) -> Json:
    job = plane.job(sandbox, body)
    teams.add_member(sandbox, job, user_id=plane.text(body, "user_id"), role=plane.text(body, "role"))
    return {}


async def leave_team(sandbox: Sandbox, body: Json) -> Json:
    teams.remove_member(sandbox, plane.job(sandbox, body), user_id=plane.text(body, "user_id"))
    return {}


async def quarantine(sandbox: Sandbox, body: Json) -> Json:
    """Flag a file as malware, which refuses downloads."""
    found = sandbox.state.world.attachments.get(plane.text(body, "attachment_id"))
    if found is None:
        raise ApiError(404, "FILE_NOT_FOUND", "There is no such attachment.")
    found.quarantined = True
    return {}


routes: list[BaseRoute] = [
    post("/seed", seed),
    post("/move", move_candidate),
    post("/transfer", transfer),
    post("/merge", merge),
    post("/delete", delete),
    post("/team/join", join_team),
    post("/team/leave", leave_team),
    post("/quarantine", quarantine),
]
