"""Moving a candidate: one set of rules for the console, the control plane, and the API."""

from __future__ import annotations

from sandbox.errors import ApiError, bad_request
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
    through_api: bool = False,
) -> str | None:
    """Move a candidate on one job and notify subscribers.

    Returns the event's id, or None if nothing changed or a switch of question 17 suppresses it. Raises ApiError
    400 with the codes of ``PUT /candidates/{id}/jobs/{jobId}/status``. The vendor doesn't document that a step
    must exist in the job's hiring process; that code is ours.
    """
    world, switches = sandbox.state.world, sandbox.state.switches
    if status not in STATUSES:
        raise bad_request(f"status must be one of {', '.join(STATUSES)}.")
    _check_reason(world.reasons, status, reason_id)
    _check_step(world.steps_of(world.jobs[application.job_id]), application, status, sub_status)
    if switches.rejected_keeps_step and status in STATUSES_WITH_REASON:
        sub_status = application.sub_status
    before, after = (application.status, application.sub_status), (status, sub_status)
    if before == after:
        return None
    fires = (
        (switches.event_on_step_change or before[0] != status)
        and (switches.event_on_api_move or not through_api)
        and (switches.event_on_reentry or not application.been_at(*after))
    )
    now = sandbox.state.clock.now()
    application.status, application.sub_status = status, sub_status
    application.reason_id, application.starts_on = reason_id, starts_on
    application.history.append(Change(now, status, sub_status, by))
    if switches.update_time_covers_moves:
        world.candidates[application.candidate_id].updated_on = now
    return sandbox.tell_application("application.status.updated", application) if fires else None


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
    for step in _steps_before(steps, status, sub_status):
        if step.required and not application.been_at(step.status, step.name):
            raise ApiError(400, "REQUIRED_SUB_STATUS_OMITTED", f"The step {step.name} comes first.")


def _steps_before(steps: list[Step], status: str, sub_status: str | None) -> list[Step]:
    before = []
    for step in steps:
        if (step.status, step.name) == (status, sub_status):
            break
        if _ORDER[step.status] < _ORDER[status] or (step.status == status and sub_status is not None):
            before.append(step)
    return before
