"""Adds more jobs and candidates through the control plane."""

from __future__ import annotations

from typing import Any

from sandbox.errors import bad_request
from sandbox.jobfields import stored_value
from sandbox.model import JOB_STATUSES, STATUSES, Job, TeamMember
from sandbox.profiles import add, apply
from sandbox.runtime import Sandbox
from sandbox.seed import tag_property
from sandbox.sources import MANUAL_UPLOAD, standard
from sandbox.state import new_id

MAX_AT_ONCE = 10_000
Json = dict[str, Any]


def grow(sandbox: Sandbox, body: Json) -> Json:
    """Add what ``jobs`` and ``candidates`` list; returns their ids in the same order. Raises ApiError 400.

    A job: ``title``, optional ``tag``, ``process`` (a name), ``city``, ``status``, ``team`` (``[{user_id, role}]``). A
    candidate:
    ``first_name``, ``last_name``, optional ``email``, ``phone``, and ``job_id`` with ``status`` and ``sub_status`` for
    an application; ``job_id`` may be the index of a job in the same body, from 0.
    """
    jobs, candidates = _objects(body, "jobs"), _objects(body, "candidates")
    if set(body) - {"jobs", "candidates"} or len(jobs) + len(candidates) > MAX_AT_ONCE:
        raise bad_request(f"The body must hold jobs and candidates, {MAX_AT_ONCE} at most.")
    made_jobs = [_add_job(sandbox, given) for given in jobs]
    made = [_add_candidate(sandbox, given, made_jobs) for given in candidates]
    return {"jobs": made_jobs, "candidates": made}


def _add_job(sandbox: Sandbox, given: Json) -> str:
    world, now = sandbox.state.world, sandbox.state.clock.now()
    process_name = _text(given, "process", "Standard")
    process = next((p for p in world.processes.values() if p.name == process_name), None)
    if process is None:
        raise bad_request("process is not the name of a hiring process.")
    job = Job(
        id=new_id(),
        title=_text(given, "title"),
        ref_number=f"REF{len(world.jobs) + 1:03d}",
        process_id=process.id,
        creator_id=next(iter(world.users)),
        department="Engineering",
        city=_text(given, "city", "Berlin"),
        country="Germany",
        country_code="de",
        created_on=now,
        updated_on=now,
        status=_status(given),
    )
    for member in _objects(given, "team"):
        if _text(member, "user_id") not in world.users:
            raise bad_request("team names a user who does not exist.")
        job.team.append(TeamMember(_text(member, "user_id"), _text(member, "role")))
    field, tag = tag_property(world), _text(given, "tag", "")
    if tag and field is not None:
        job.properties[field.id] = stored_value(field, tag)
    world.jobs[job.id] = job
    sandbox.tell_job("job.created", job.id)
    return job.id


def _status(given: Json) -> str:
    status = _text(given, "status", "SOURCING")
    if status not in JOB_STATUSES:
        raise bad_request(f"The status of a job is one of {', '.join(JOB_STATUSES)}.")
    return status


def _add_candidate(sandbox: Sandbox, given: Json, new_jobs: list[str]) -> str:
    world = sandbox.state.world
    job_id = given.get("job_id")
    if isinstance(job_id, int) and not isinstance(job_id, bool) and 0 <= job_id < len(new_jobs):
        job_id = new_jobs[job_id]
    if job_id is not None and (not isinstance(job_id, str) or job_id not in world.jobs):
        raise bad_request("job_id is not the id of a job.")
    status, step = _text(given, "status", "NEW"), _text(given, "sub_status", "") or None
    if status not in STATUSES:
        raise bad_request(f"status must be one of {', '.join(STATUSES)}.")
    source = standard(world, MANUAL_UPLOAD)
    profile = {
        "first_name": _text(given, "first_name"),
        "last_name": _text(given, "last_name"),
        "email": _text(given, "email", "") or None,
        "phone": _text(given, "phone", "") or None,
        "pool_source": source if job_id is None else None,
    }
    candidate = add(sandbox, profile)
    if job_id is not None:
        by = world.recruiter().id
        apply(sandbox, candidate, world.jobs[job_id], status=status, sub_status=step, source=source, by=by)
    return candidate.id


def _objects(body: Json, name: str) -> list[Json]:
    value = body.get(name, [])
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise bad_request(f"{name} must be a list of objects.")
    return value


def _text(given: Json, name: str, default: str | None = None) -> str:
    value = given.get(name, default)
    if not isinstance(value, str) or (default is None and not value):
        raise bad_request(f"{name} is missing or not text.")
    return value
