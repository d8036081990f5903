"""Moving a candidate: one set of rules for the console, the control plane and the vendor's own operation."""

from __future__ import annotations

from sandbox.errors import ApiError, bad_request
from sandbox.events import about_application, about_job
from sandbox.model import (
    STATUSES,
    STATUSES_WITH_REASON,
    STATUSES_WITH_STEPS,
    Application,
    Change,
    Job,
    Reason,
    Step,
    World,
)
from sandbox.runtime import Sandbox
from sandbox.seed import tag_property
from sandbox.state import new_id

_ORDER = {status: position for position, status in enumerate(("NEW", *STATUSES_WITH_STEPS, "HIRED"))}


def move(
    sandbox: Sandbox,
    application: Application,
    *,
    status: str,
    sub_status: str | None,
    by: str,
    reason_id: str | None = None,
    starts_on: str | None = None,
) -> str | None:
    """Move a candidate on one job and tell the subscribers; returns the event's id, None if nothing changed.

    Raises ApiError 400 with the codes of ``PUT /candidates/{id}/jobs/{jobId}/status``. That a step must exist in the
    job's hiring process is not documented; its code here is ours.
    """
    world, clock = sandbox.state.world, sandbox.state.clock
    if status not in STATUSES:
        raise bad_request(f"status must be one of {', '.join(STATUSES)}.")
    _check_reason(world.reasons, status, reason_id)
    steps = world.steps_of(world.jobs[application.job_id])
    _check_step(steps, application, status, sub_status)
    if (application.status, application.sub_status) == (status, sub_status):
        return None
    now = clock.now()
    application.status, application.sub_status = status, sub_status
    application.reason_id, application.starts_on = reason_id, starts_on
    application.history.append(Change(now, status, sub_status, by))
    world.candidates[application.candidate_id].updated_on = now
    event = about_application(new_id(), "application.status.updated", application, api_url=sandbox.api_url)
    sandbox.fire(event)
    return event.id


def set_tag(sandbox: Sandbox, job: Job, tag: str) -> None:
    """Type a text into the job's field "Crosschq tag", or empty it; fires ``job.updated``. Raises ApiError 400."""
    world = sandbox.state.world
    field = tag_property(world)
    if field is None:
        raise bad_request("There is no such job field.")
    if len(tag) > 256:
        raise bad_request("The tag is longer than 256 characters.")
    if job.properties.get(field.id, "") == tag:
        return
    if tag:
        job.properties[field.id] = tag
    else:
        job.properties.pop(field.id, None)
    job.updated_on = sandbox.state.clock.now()
    sandbox.fire(about_job(new_id(), "job.updated", job.id, api_url=sandbox.api_url))


def choices(world: World, job: Job) -> list[tuple[str, str | None]]:
    """Every status with each of its steps, in the order of the hiring process."""
    found: list[tuple[str, str | None]] = []
    for status in STATUSES:
        names = [step.name for step in world.steps_of(job) if step.status == status]
        found += [(status, name) for name in names] or [(status, None)]
    return found


def _check_reason(reasons: dict[str, Reason], status: str, reason_id: str | None) -> None:
    if reason_id is None:
        return
    if status not in STATUSES_WITH_REASON:
        raise ApiError(400, "NO_REASON_SUPPORT_FOR_STATUS", f"{status} takes no reason.")
    found = reasons.get(reason_id)
    if found is None or found.status != status:
        raise ApiError(400, "REASON_NOT_FOUND", "There is no such reason.")


def _check_step(steps: list[Step], application: Application, status: str, sub_status: str | None) -> None:
    if sub_status is not None and not any((s.status, s.name) == (status, sub_status) for s in steps):
        raise ApiError(400, "SUB_STATUS_NOT_FOUND", f"The job's hiring process has no step {sub_status} in {status}.")
    if status not in _ORDER:
        return
    been_in = {(change.status, change.sub_status) for change in application.history}
    for step in _steps_before(steps, status, sub_status):
        if step.required and (step.status, step.name) not in been_in:
            raise ApiError(400, "REQUIRED_SUB_STATUS_OMITTED", f"The step {step.name} comes first.")


def _steps_before(steps: list[Step], status: str, sub_status: str | None) -> list[Step]:
    before = []
    for step in steps:
        if (step.status, step.name) == (status, sub_status):
            break
        if _ORDER[step.status] < _ORDER[status] or (step.status == status and sub_status is not None):
            before.append(step)
    return before
