"""What a user may see and do: administrators and extended users everything, others by hiring team.

A missing object gets the same response as a forbidden one, or 404 if the switch ``unknown_object`` says so.
"""

from __future__ import annotations

from sandbox.errors import ApiError
from sandbox.model import FULL_ACCESS_ROLES, Application, Candidate, Job, User, World
from sandbox.state import State

# Hiring team members with these roles can see candidates but not change them; our interpretation.
LOOKING_ROLES = ("INTERVIEW_TEAM", "EXECUTIVE")


def sees_all(user: User) -> bool:
    return user.system_role in FULL_ACCESS_ROLES


def sees_job(user: User, job: Job) -> bool:
    return sees_all(user) or any(member.user_id == user.id for member in job.team)


def works_on(user: User, job: Job) -> bool:
    """Whether the user may add and change candidates of a job."""
    roles = {member.role for member in job.team if member.user_id == user.id}
    return sees_all(user) or bool(roles - set(LOOKING_ROLES))


def sees_candidate(world: World, user: User, candidate: Candidate) -> bool:
    applications = world.applications_of(candidate.id)
    return sees_all(user) or any(sees_job(user, world.jobs[a.job_id]) for a in applications)


def changes_candidate(world: World, user: User, candidate: Candidate) -> bool:
    applications = world.applications_of(candidate.id)
    return sees_all(user) or any(works_on(user, world.jobs[a.job_id]) for a in applications)


def read_as(state: State, candidate_id: str) -> str:
    """The id to read a profile by: after a merge, the remaining profile's if a switch says so."""
    return state.world.survivor_of(candidate_id) if state.switches.merged_profile == "survivor" else candidate_id


def visible_job(state: State, user: User, job_id: str) -> Job:
    """The job, or the 401 that the vendor documents for "job access denied"."""
    job = state.world.jobs.get(job_id)
    if job is None and state.switches.unknown_object == "not_found":
        raise ApiError(404, "JOB_NOT_FOUND", "Job not found.")
    if job is None or not sees_job(user, job):
        raise ApiError(401, "ACCESS_DENIED", "Job access denied.")
    return job


def visible_candidate(state: State, user: User, candidate_id: str, *, denied: int = 401) -> Candidate:
    """The candidate, or the status that the vendor documents for "candidate access denied" by this operation."""
    candidate = state.world.candidates.get(read_as(state, candidate_id))
    if candidate is None and state.switches.unknown_object == "not_found":
        raise ApiError(404, "CANDIDATE_NOT_FOUND", "Candidate not found.")
    if candidate is None or not sees_candidate(state.world, user, candidate):
        raise ApiError(denied, "ACCESS_DENIED", "Candidate access denied.")
    return candidate


def changeable_candidate(state: State, user: User, candidate_id: str) -> Candidate:
    """The candidate, or the documented 404 if missing and 403 if forbidden."""
    candidate = state.world.candidates.get(candidate_id)
    if candidate is None:
        raise ApiError(404, "CANDIDATE_NOT_FOUND", "Candidate not found.")
    if not changes_candidate(state.world, user, candidate):
        raise ApiError(403, "PERMISSION_DENIED", "Not permitted to change this candidate.")
    return candidate


def visible_application(state: State, user: User, candidate_id: str, job_id: str) -> Application:
    """The application; 403 if its job is hidden from the user, 404 if there is none."""
    application = state.world.applications.get((read_as(state, candidate_id), job_id))
    if application is None:
        raise ApiError(404, "APPLICATION_NOT_FOUND", "Application not found.")
    if not sees_job(user, state.world.jobs[job_id]):
        raise ApiError(403, "PERMISSION_DENIED", "Permission denied.")
    return application


def manages_users(user: User) -> bool:
    return user.system_role == "ADMINISTRATOR"


def manages_webhooks(user: User) -> bool:
    return user.system_role == "ADMINISTRATOR"
