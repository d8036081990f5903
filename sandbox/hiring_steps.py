"""The steps of hiring processes: add, rename, and remove them like an administrator."""

from __future__ import annotations

from dataclasses import replace

from sandbox.errors import ApiError, bad_request
from sandbox.model import STATUSES_WITH_STEPS, HiringProcess, Step, World

MAX_NAME = 100


def find_process(world: World, name: str) -> HiringProcess:
    """Find a hiring process by name. Raises ApiError 404."""
    found = next((process for process in world.processes.values() if process.name == name), None)
    if found is None:
        raise ApiError(404, "HIRING_PROCESS_NOT_FOUND", "There is no such hiring process.")
    return found


def add(process: HiringProcess, status: str, name: str, *, required: bool = False) -> None:
    """Append a step; an existing one with this name and status moves to the end. Raises ApiError 400."""
    _check(status, name)
    remove(process, status, name)
    process.steps.append(Step(status, name, required=required))


def rename(world: World, process: HiringProcess, status: str, name: str, new_name: str) -> None:
    """Rename a step. Candidates at the step stay there under its new name. Raises ApiError 400 or 404."""
    _check(status, new_name)
    if not _has(process, status, name):
        raise ApiError(404, "STEP_NOT_FOUND", "The hiring process has no such step.")
    if new_name != name and _has(process, status, new_name):
        raise bad_request("The hiring process has a step of this name already.")
    process.steps = [
        replace(step, name=new_name) if (step.status, step.name) == (status, name) else step for step in process.steps
    ]
    for application in world.applications.values():
        job = world.jobs[application.job_id]
        if job.process_id == process.id and (application.status, application.sub_status) == (status, name):
            application.sub_status = new_name


def remove(process: HiringProcess, status: str, name: str) -> None:
    """Remove a step. Candidates who are at it stay there."""
    process.steps = [step for step in process.steps if (step.status, step.name) != (status, name)]


def _has(process: HiringProcess, status: str, name: str) -> bool:
    return any((step.status, step.name) == (status, name) for step in process.steps)


def _check(status: str, name: str) -> None:
    if status not in STATUSES_WITH_STEPS:
        raise bad_request(f"status must be one of {', '.join(STATUSES_WITH_STEPS)}.")
    if not 1 <= len(name) <= MAX_NAME:
        raise bad_request(f"The name of a step has 1 to {MAX_NAME} characters.")
