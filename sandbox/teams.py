"""Hiring team members. Each change fires ``job.hiring-team.updated``."""

from __future__ import annotations

from sandbox.errors import ApiError, bad_request
from sandbox.model import Job, TeamMember
from sandbox.runtime import Sandbox

ROLES = ("HIRING_MANAGER", "RECRUITER", "COORDINATOR", "INTERVIEW_TEAM", "EXECUTIVE")
MAX_ROLE = 256


def add_member(sandbox: Sandbox, job: Job, *, user_id: str, role: str) -> TeamMember:
    """Raises ApiError with the codes of ``POST /jobs/{jobId}/hiring-team``; a role may be one of the company's own."""
    if not 1 <= len(role) <= MAX_ROLE:
        raise bad_request(f"role must be a text of 1 to {MAX_ROLE} characters.")
    if user_id not in sandbox.state.world.users:
        raise ApiError(400, "USER_NOT_FOUND", "There is no such user.")
    if any(member.user_id == user_id for member in job.team):
        raise ApiError(409, "ALREADY_MEMBER", "The user is already a member of the hiring team.")
    sandbox.keep_past(job)
    member = TeamMember(user_id, role)
    job.team.append(member)
    sandbox.tell_job("job.hiring-team.updated", job.id)
    return member


def remove_member(sandbox: Sandbox, job: Job, *, user_id: str) -> None:
    """Raises ApiError with the codes of ``DELETE /jobs/{jobId}/hiring-team/{userId}``."""
    member = next((found for found in job.team if found.user_id == user_id), None)
    if member is None:
        raise ApiError(404, "MEMBER_NOT_FOUND", "The user is not a member of the hiring team.")
    if len(job.team) == 1:
        raise ApiError(400, "INVALID_HIRING_TEAM_STATE", "A hiring team has at least one member.")
    sandbox.keep_past(job)
    job.team.remove(member)
    sandbox.tell_job("job.hiring-team.updated", job.id)
