"""Messages API: notes shared on Hireloop and on candidates' profiles."""

from __future__ import annotations

import re
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.access import sees_candidate
from sandbox.api.filters import optional_text, texts
from sandbox.clock import vendor_time
from sandbox.errors import ApiError, bad_request
from sandbox.model import Note, User, World
from sandbox.oddities import as_made, as_made_in_note
from sandbox.operation import Call, operation
from sandbox.paging import next_link, page
from sandbox.state import new_id

MAX_CONTENT = 10_000
MAX_RECIPIENTS = 100
CANDIDATE_TAG = re.compile(r"#\[CANDIDATE:([^\]\s]+)\]")
USER_MENTION = re.compile(r"@\[USER:([^\]\s]+)\]")


async def share(call: Call) -> Response:
    """A note. It appears on a candidate's profile only through ``#[CANDIDATE:id]`` in its content."""
    state = call.sandbox.state
    body = await call.json_object()
    content, correlation = body.get("content"), optional_text(body, "correlationId")
    if not isinstance(content, str) or not 1 <= len(content) <= MAX_CONTENT:
        raise bad_request(f"content must be a text of 1 to {MAX_CONTENT} characters.")
    with_whom = body.get("shareWith", {})
    if not isinstance(with_whom, dict):
        raise bad_request("shareWith must be an object.")
    everyone, open_note = _flag(with_whom, "everyone"), _flag(with_whom, "openNote")
    if everyone and open_note:
        raise ApiError(400, "INVALID_VISIBILITY_OPTIONS", "everyone and openNote exclude each other.")
    content = as_made_in_note(content)
    tagged = _tagged(state.world, call.user, content)
    recipients = _recipients(state.world, content, with_whom)
    visibility = _visibility(everyone, open_note, recipients)
    if visibility == "PRIVATE" and state.switches.note_without_audience == "refused":
        raise ApiError(400, "INVALID_VISIBILITY_OPTIONS", "A note must be shared with someone.")
    note = Note(
        id=new_id(),
        author_id=call.user.id,
        content=f"{content}\n{correlation}" if correlation else content,
        created_on=state.clock.now(),
        visibility=visibility,
        candidate_ids=tagged,
        recipient_ids=recipients,
    )
    state.world.notes[note.id] = note
    if state.switches.note_answer == "empty":
        return Response(status_code=201)
    made = {"id": note.id} if state.switches.note_answer == "id" else {}
    return JSONResponse(made | {"shareRequired": note.visibility == "PRIVATE"}, status_code=201)


async def delete(call: Call) -> Response:
    """Delete a note. Only its author and administrators may."""
    notes = call.state.world.notes
    found = notes.get(call.path("id"))
    if found is None:
        raise ApiError(404, "MESSAGE_NOT_FOUND", "Message not found.")
    if call.user.id != found.author_id and call.user.system_role != "ADMINISTRATOR":
        raise ApiError(403, "PERMISSION_DENIED", "No permission to delete the message.")
    del notes[found.id]
    return Response(status_code=204)


async def fetch(call: Call) -> Response:
    """Notes on a candidate's profile that the user may see, newest first; for administrators only."""
    world = call.sandbox.state.world
    if call.user.system_role != "ADMINISTRATOR":
        raise ApiError(403, "PERMISSION_DENIED", "No permission to access messages.")
    candidate_id, job_id = _asked_for(world, call.request)
    found = [note for note in world.notes_on(candidate_id) if _sees_note(call.user, note)]
    part = page(call.request, found, key=lambda note: note.id, kind="messages")
    content = [_note_json(world, note, job_id) for note in part.items]
    return JSONResponse(content, headers=next_link(call.request, part.next_page_id))


def _note_json(world: World, note: Note, job_id: str | None) -> dict[str, Any]:
    applications = [
        {"candidateId": a.candidate_id, "jobId": a.job_id}
        for candidate_id in note.candidate_ids
        for a in world.applications_of(candidate_id)
        if job_id in (None, a.job_id)
    ]
    return {
        "content": note.content,
        "createdOn": vendor_time(note.created_on),
        "visibility": note.visibility,
        "authorId": note.author_id,
        "context": {"applications": applications},
    }


def _asked_for(world: World, request: Request) -> tuple[str, str | None]:
    given = {name: as_made(value) for name, value in request.query_params.items()}
    candidate_id, job_id = given.get("candidateId"), given.get("jobId")
    if candidate_id is None:
        raise bad_request("candidateId is missing.")
    if candidate_id not in world.candidates:
        raise ApiError(400, "CANDIDATE_NOT_FOUND", "There is no such candidate.")
    if job_id is not None and job_id not in world.jobs:
        raise ApiError(400, "JOB_NOT_FOUND", "There is no such job.")
    if job_id is not None and (candidate_id, job_id) not in world.applications:
        raise ApiError(400, "APPLICATION_NOT_FOUND", "The candidate has no application for this job.")
    return candidate_id, job_id


def _tagged(world: World, user: User, content: str) -> tuple[str, ...]:
    ids = tuple(dict.fromkeys(CANDIDATE_TAG.findall(content)))
    for candidate_id in ids:
        candidate = world.candidates.get(candidate_id)
        if candidate is None or not sees_candidate(world, user, candidate):
            raise ApiError(400, "NO_ACCESS_TO_CANDIDATE", "A tagged candidate is not accessible.")
    return ids


def _recipients(world: World, content: str, with_whom: dict[str, Any]) -> tuple[str, ...]:
    mentioned = USER_MENTION.findall(content)
    if any(user_id not in world.users for user_id in mentioned):
        raise ApiError(400, "MENTIONED_USERS_NOT_FOUND", "A mentioned user does not exist.")
    shared = texts(with_whom, "users")
    if any(user_id not in world.users for user_id in shared):
        raise ApiError(400, "SHARED_WITH_USERS_NOT_FOUND", "A user to share with does not exist.")
    jobs = texts(with_whom, "hiringTeamOf")
    if any(job_id not in world.jobs for job_id in jobs):
        raise ApiError(400, "JOB_NOT_FOUND", "A job to share with does not exist.")
    teams = [member.user_id for job_id in jobs for member in world.jobs[job_id].team]
    recipients = tuple(dict.fromkeys([*mentioned, *shared, *teams]))
    if len(recipients) > MAX_RECIPIENTS:
        raise ApiError(400, "TOO_MANY_RECIPIENTS", f"More than {MAX_RECIPIENTS} recipients.")
    return recipients


def _visibility(everyone: bool, open_note: bool, recipients: tuple[str, ...]) -> str:
    if everyone:
        return "EVERYONE"
    if open_note:
        return "OPEN"
    return "DIRECT" if recipients else "PRIVATE"


def _sees_note(user: User, note: Note) -> bool:
    """Only the author and recipients see direct notes; administrators don't."""
    return note.visibility != "DIRECT" or user.id in (note.author_id, *note.recipient_ids)


def _flag(with_whom: dict[str, Any], name: str) -> bool:
    value = with_whom.get(name, False)
    if not isinstance(value, bool):
        raise bad_request(f"{name} must be true or false.")
    return value


routes = [
    operation("POST", "/messages/shares", share, scopes=("messages_write",)),
    operation("DELETE", "/messages/shares/{id}", delete, scopes=("messages_manage",)),
    operation("GET", "/messages", fetch, scopes=("messages_read",)),
]
