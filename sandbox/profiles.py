"""Creates, changes, transfers, merges, and deletes candidates, and fires the events."""

from __future__ import annotations

from typing import Any

from sandbox.errors import ApiError, bad_request
from sandbox.model import Application, Candidate, Change, Job, Source
from sandbox.moves import move
from sandbox.runtime import Sandbox
from sandbox.state import new_id

MAX_TAGS = 100
Given = dict[str, Any]


def create(sandbox: Sandbox, given: Given, *, job: Job | None, source: Source, by: str) -> Candidate:
    """A candidate in the talent pool or on a job. ``given`` holds fields of Candidate.

    The switch ``duplicate_candidate`` decides what happens if email and last name are known. Raises ApiError 409.
    """
    candidate = _known(sandbox, given["email"], given["last_name"])
    rule = sandbox.state.switches.duplicate_candidate
    if candidate is not None and rule == "conflict":
        raise _conflict()
    if candidate is None or rule == "doubled":
        candidate = add(sandbox, given)
    elif rule == "updated":
        change(sandbox, candidate, given)
    if job is None:
        candidate.pool_source = candidate.pool_source or source
    elif (candidate.id, job.id) not in sandbox.state.world.applications:
        apply(sandbox, candidate, job, status=sandbox.state.switches.job_start_status, source=source, by=by)
    return candidate


def add(sandbox: Sandbox, given: Given) -> Candidate:
    """Add a profile even if its email is known; fires ``candidate.created``. Raises ApiError 400."""
    now = sandbox.state.clock.now()
    given = given | {"tags": _limited(_once(given.get("tags", [])))}
    candidate = Candidate(id=new_id(), created_on=now, updated_on=now, **{"phone": None, **given})
    sandbox.state.world.candidates[candidate.id] = candidate
    sandbox.tell_candidate("candidate.created", candidate.id)
    return candidate


def change(sandbox: Sandbox, candidate: Candidate, given: Given) -> None:
    """Change fields of a profile; fires ``candidate.updated`` if any differs. Raises ApiError 409."""
    pair = given.get("email", candidate.email), given.get("last_name", candidate.last_name)
    if pair != (candidate.email, candidate.last_name) and _known(sandbox, *pair) not in (None, candidate):
        raise _conflict()
    if "tags" in given:
        given = given | {"tags": _limited(_once([*candidate.tags, *given["tags"]]))}
    changed = [name for name, value in given.items() if getattr(candidate, name) != value]
    if changed:
        sandbox.keep_past(candidate)
    for name in changed:
        setattr(candidate, name, given[name])
    if {"email", "last_name"} & set(changed):
        sandbox.state.world.pairs_changed()
    if changed:
        _touch(sandbox, candidate)


def set_tags(sandbox: Sandbox, candidate: Candidate, tags: list[str]) -> None:
    """Replace all tags, without case-insensitive duplicates. Raises ApiError 400."""
    wanted = _limited(_once(tags))
    if wanted != candidate.tags:
        sandbox.keep_past(candidate)
        candidate.tags = wanted
        _touch(sandbox, candidate)


def add_tags(sandbox: Sandbox, candidate: Candidate, tags: list[str]) -> None:
    set_tags(sandbox, candidate, [*candidate.tags, *tags])


def apply(
    sandbox: Sandbox,
    candidate: Candidate,
    job: Job,
    *,
    status: str,
    source: Source,
    by: str,
    sub_status: str | None = None,
) -> Application:
    """Add an application; fires ``application.created``, plus the status event if a switch of question 17 says so."""
    world, now = sandbox.state.world, sandbox.state.clock.now()
    if (candidate.id, job.id) in world.applications:
        raise bad_request("The candidate is on this job already.")
    history = [Change(now, status, sub_status, by)]
    made = Application(new_id(), candidate.id, job.id, status, sub_status, source, history)
    world.add_application(made)
    candidate.updated_on = now
    sandbox.tell_application("application.created", made)
    if sandbox.state.switches.event_on_first_application:
        sandbox.tell_application("application.status.updated", made)
    return made


def transfer(sandbox: Sandbox, application: Application, job: Job, *, by: str) -> Application:
    """Move a candidate to another job: the application becomes TRANSFERRED there, a new one starts here."""
    world = sandbox.state.world
    candidate = world.candidates[application.candidate_id]
    if (candidate.id, job.id) in world.applications:
        raise bad_request("The candidate is on this job already.")
    move(sandbox, application, status="TRANSFERRED", sub_status=None, by=by)
    return apply(sandbox, candidate, job, status="NEW", source=application.source, by=by)


def merge(sandbox: Sandbox, master: Candidate, other: Candidate) -> None:
    """Merge two profiles. Applications keep their ids; if both are on a job, the other's is dropped.

    Notes and tags move to the master. The switch ``merge_events`` decides which events fire.
    """
    if master is other:
        raise bad_request("A profile cannot be merged with itself.")
    world = sandbox.state.world
    for application in list(world.applications_of(other.id)):
        files = world.attachments_of(other.id, application.job_id)
        world.remove_application(application)
        if (master.id, application.job_id) in world.applications:
            continue
        application.candidate_id = master.id
        world.add_application(application)
        for attachment in files:
            attachment.candidate_id = master.id
            world.attachments[attachment.id] = attachment
    for note in world.notes_on(other.id):
        kept = [master.id if tagged == other.id else tagged for tagged in note.candidate_ids]
        note.candidate_ids = tuple(dict.fromkeys(kept))
    master.tags = _once([*master.tags, *other.tags])[:MAX_TAGS]
    del world.candidates[other.id]
    sandbox.keep_gone(other)
    world.merged[other.id] = master.id
    world.pairs_changed()
    wanted = sandbox.state.switches.merge_events
    if wanted in ("both", "deleted"):
        sandbox.tell_candidate("candidate.deleted", other.id)
    master.updated_on = sandbox.state.clock.now()
    if wanted in ("both", "updated"):
        sandbox.tell_candidate("candidate.updated", master.id)


def delete(sandbox: Sandbox, candidate: Candidate) -> None:
    """Delete a profile with its applications and files; fires ``candidate.deleted``."""
    world = sandbox.state.world
    for application in list(world.applications_of(candidate.id)):
        world.remove_application(application)
    del world.candidates[candidate.id]
    sandbox.keep_gone(candidate)
    world.pairs_changed()
    sandbox.tell_candidate("candidate.deleted", candidate.id)


def _known(sandbox: Sandbox, email: str | None, last_name: str) -> Candidate | None:
    """The candidate with this email and last name, ignoring case; the vendor keeps the pair unique."""
    return None if email is None else sandbox.state.world.known(email, last_name)


def _conflict() -> ApiError:
    return ApiError(409, "CANDIDATE_DATA_CONFLICT", "Another candidate has this email and last name.")


def _once(tags: list[str]) -> list[str]:
    """Tags in order, without case-insensitive duplicates."""
    found: dict[str, str] = {}
    for tag in tags:
        found.setdefault(tag.casefold(), tag)
    return list(found.values())


def _limited(tags: list[str]) -> list[str]:
    if len(tags) > MAX_TAGS:
        raise ApiError(400, "TOO_MANY_TAGS", f"A candidate has at most {MAX_TAGS} tags.")
    return tags


def _touch(sandbox: Sandbox, candidate: Candidate) -> None:
    candidate.updated_on = sandbox.state.clock.now()
    sandbox.tell_candidate("candidate.updated", candidate.id)
