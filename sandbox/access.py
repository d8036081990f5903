"""What a user may see. Administrators and extended users see all; others only jobs on whose hiring team they are."""

from __future__ import annotations

from sandbox.errors import ApiError
from sandbox.model import FULL_ACCESS_ROLES, Application, Candidate, Job, User, World


def sees_all(user: User) -> bool:
    return user.system_role in FULL_ACCESS_ROLES


def sees_job(user: User, job: Job) -> bool:
    return sees_all(user) or any(member.user_id == user.id for member in job.team)


def sees_candidate(world: World, user: User, candidate: Candidate) -> bool:
    applications = world.applications_of(candidate.id)
    return sees_all(user) or any(sees_job(user, world.jobs[a.job_id]) for a in applications)


def visible_job(world: World, user: User, job_id: str) -> Job:
    """The job, or the 401 that the vendor documents for "job access denied", also where there is no such job."""
    job = world.jobs.get(job_id)
    if job is None or not sees_job(user, job):
        raise ApiError(401, "ACCESS_DENIED", "Job access denied.")
    return job


def visible_candidate(world: World, user: User, candidate_id: str) -> Candidate:
    """The candidate, or the 401 that the vendor documents for "candidate access denied"."""
    candidate = world.candidates.get(candidate_id)
    if candidate is None or not sees_candidate(world, user, candidate):
        raise ApiError(401, "ACCESS_DENIED", "Candidate access denied.")
    return candidate


def visible_application(world: World, user: User, candidate_id: str, job_id: str) -> Application:
    """The application; 403 if its job is hidden from the user, 404 if there is none."""
    application = world.applications.get((candidate_id, job_id))
    if application is None:
        raise ApiError(404, "APPLICATION_NOT_FOUND", "Application not found.")
    if not sees_job(user, world.jobs[job_id]):
        raise ApiError(403, "PERMISSION_DENIED", "Permission denied.")
    return application


def manages_users(user: User) -> bool:
    return user.system_role == "ADMINISTRATOR"


def manages_webhooks(user: User) -> bool:
    return user.system_role == "ADMINISTRATOR"
