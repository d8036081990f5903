"""The control plane, ``/_sandbox/``: JSON for tests and demos. Not part of what SmartRecruiters offers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox import growth
from sandbox.clock import MAX_JUMP, vendor_time
from sandbox.errors import ApiError, bad_request
from sandbox.faults import FaultError
from sandbox.model import Application, Job
from sandbox.moves import move, set_tag
from sandbox.operation import read_json
from sandbox.runtime import Sandbox, sandbox_of
from sandbox.snapshot import deliveries_json, mail_json, mails_json, requests_json, state_json

BASE = "/_sandbox"
Json = dict[str, Any]
Act = Callable[[Sandbox, Json], Awaitable[Json]]


async def reset(sandbox: Sandbox, body: Json) -> Json:
    sandbox.reset()
    return state_json(sandbox)


async def seed(sandbox: Sandbox, body: Json) -> Json:
    return growth.grow(sandbox, body)


async def move_candidate(sandbox: Sandbox, body: Json) -> Json:
    application = _application(sandbox, body)
    status, step = _text(body, "status"), body.get("sub_status")
    if step is not None and not isinstance(step, str):
        raise bad_request("sub_status must be text.")
    by = body.get("by") or sandbox.state.world.recruiter().id
    if by not in sandbox.state.world.users:
        raise bad_request("by is not a user's id.")
    event_id = move(sandbox, application, status=status, sub_status=step, by=by)
    return {"event_id": event_id, "application_id": application.id}


async def tag_job(sandbox: Sandbox, body: Json) -> Json:
    job = _job(sandbox, body)
    set_tag(sandbox, job, _text(body, "tag", empty=True))
    return {"job_id": job.id, "tag": body["tag"]}


async def advance(sandbox: Sandbox, body: Json) -> Json:
    """Answers when everything that fell due was tried. 0 seconds: send what is due now."""
    seconds = body.get("seconds")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds <= MAX_JUMP:
        raise bad_request(f"seconds must be a number from 0 to {MAX_JUMP}.")
    await sandbox.dispatcher.advance(float(seconds))
    clock = sandbox.state.clock
    return {"now": vendor_time(clock.now()), "elapsed": clock.elapsed}


async def set_fault(sandbox: Sandbox, body: Json) -> Json:
    known: dict[str, type | tuple[type, ...]] = {
        "route": str,
        "kind": str,
        "times": int,
        "status": int,
        "seconds": (int, float),
        "when": str,
    }
    for name, value in body.items():
        if name not in known or isinstance(value, bool) or not isinstance(value, known[name]):
            raise bad_request(f"{name[:50]} is not a field of a fault or has the wrong type.")
    if "route" not in body or "kind" not in body:
        raise bad_request("A fault needs route and kind.")
    try:
        return sandbox.state.faults.add(**body).as_json()
    except FaultError as error:
        raise bad_request(str(error)) from error


async def clear_faults(sandbox: Sandbox, body: Json) -> Json:
    sandbox.state.faults.clear()
    return {}


async def redeliver(sandbox: Sandbox, body: Json) -> Json:
    """Send every delivery of an event once more, as a retry does."""
    found = sandbox.state.deliveries_of_event(_text(body, "event_id"))
    if not found:
        raise ApiError(404, "EVENT_NOT_FOUND", "No delivery has this event id.")
    for delivery in found:
        sandbox.dispatcher.send_again(delivery)
    return {"deliveries": [delivery.id for delivery in found]}


async def duplicate(sandbox: Sandbox, body: Json) -> Json:
    """Queue further deliveries with the same event id; ``copies`` of them for each one that exists."""
    state, copies = sandbox.state, body.get("copies", 1)
    found = state.deliveries_of_event(_text(body, "event_id"))
    if not found:
        raise ApiError(404, "EVENT_NOT_FOUND", "No delivery has this event id.")
    if not isinstance(copies, int) or not 1 <= copies <= 1000:
        raise bad_request("copies must be a number from 1 to 1000.")
    subscriptions = [state.subscriptions[d.subscription_id] for d in found if d.subscription_id in state.subscriptions]
    made = [sandbox.dispatcher.queue(found[0].event, s) for s in subscriptions for _ in range(copies)]
    return {"deliveries": [delivery.id for delivery in made]}


async def hold(sandbox: Sandbox, body: Json) -> Json:
    """Keep callbacks back until they are released."""
    sandbox.state.switches.hold_deliveries = True
    return {}


async def release(sandbox: Sandbox, body: Json) -> Json:
    """Send what was held, one after the other: oldest first, or ``{"order": "newest_first"}``, or a list of ids."""
    state, order = sandbox.state, body.get("order", "oldest_first")
    due = [delivery for delivery in state.waiting.values() if delivery.due <= state.clock.elapsed]
    if isinstance(order, list):
        by_id = {delivery.id: delivery for delivery in due}
        if any(not isinstance(name, str) or name not in by_id for name in order):
            raise bad_request("order names a delivery that is not held.")
        chosen = [by_id[name] for name in order]
    elif order in ("oldest_first", "newest_first"):
        chosen = due if order == "oldest_first" else due[::-1]
    else:
        raise bad_request("order must be oldest_first, newest_first or a list of delivery ids.")
    await sandbox.dispatcher.send_in_order(chosen)
    state.switches.hold_deliveries = False
    sandbox.dispatcher.wake()
    return {"deliveries": [delivery.id for delivery in chosen]}


async def set_switches(sandbox: Sandbox, body: Json) -> Json:
    value = body.get("suspend_after")
    if set(body) != {"suspend_after"} or isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise bad_request("The switch is suspend_after, a number of failed attempts (0: never).")
    sandbox.state.switches.suspend_after = value
    return {"suspend_after": value}


async def revoke(sandbox: Sandbox, body: Json) -> Json:
    """End all grants, or those of ``user_id``: what happens when the app or the user is removed there."""
    user_id = body.get("user_id")
    if user_id is not None and not isinstance(user_id, str):
        raise bad_request("user_id must be text.")
    return {"revoked": sandbox.state.oauth.revoke_all(user_id=user_id)}


async def clear_mails(sandbox: Sandbox, body: Json) -> Json:
    sandbox.state.mailbox.clear()
    return {}


async def clear_requests(sandbox: Sandbox, body: Json) -> Json:
    sandbox.state.requests.clear()
    return {}


async def one_mail(request: Request) -> Response:
    mail = sandbox_of(request).state.mailbox.get(int(request.path_params["n"]))
    if mail is None:
        raise ApiError(404, "MAIL_NOT_FOUND", "There is no such mail.")
    return JSONResponse(mail_json(mail))


def _text(body: Json, name: str, *, empty: bool = False) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not (value or empty):
        raise bad_request(f"{name} is missing.")
    return value


def _job(sandbox: Sandbox, body: Json) -> Job:
    job = sandbox.state.world.jobs.get(_text(body, "job_id"))
    if job is None:
        raise ApiError(404, "JOB_NOT_FOUND", "There is no such job.")
    return job


def _application(sandbox: Sandbox, body: Json) -> Application:
    key = _text(body, "candidate_id"), _text(body, "job_id")
    found = sandbox.state.world.applications.get(key)
    if found is None:
        raise ApiError(404, "APPLICATION_NOT_FOUND", "The candidate has no application for this job.")
    return found


def _get(path: str, read: Callable[[Request], Any]) -> Route:
    async def endpoint(request: Request) -> Response:
        return JSONResponse(read(request))

    return Route(BASE + path, endpoint, methods=["GET"])


def _post(path: str, act: Act) -> Route:
    """A POST of a JSON object. The content type is demanded so that no foreign web page can send one."""

    async def endpoint(request: Request) -> Response:
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise ApiError(415, "UNSUPPORTED_MEDIA_TYPE", "The content type must be application/json.")
        body = await read_json(request)
        if not isinstance(body, dict):
            raise bad_request("The body must be a JSON object.")
        return JSONResponse(await act(sandbox_of(request), body))

    return Route(BASE + path, endpoint, methods=["POST"])


routes: list[BaseRoute] = [
    _get("/state", lambda request: state_json(sandbox_of(request))),
    _get("/deliveries", lambda request: deliveries_json(sandbox_of(request).state)),
    _get("/requests", lambda request: requests_json(sandbox_of(request).state, request.query_params)),
    _get("/faults", lambda request: [f.as_json() for f in sandbox_of(request).state.faults.active]),
    _get("/mails", lambda request: mails_json(sandbox_of(request).state, request.query_params)),
    Route(BASE + "/mails/{n:int}", one_mail, methods=["GET"]),
    _post("/reset", reset),
    _post("/seed", seed),
    _post("/move", move_candidate),
    _post("/job-tag", tag_job),
    _post("/advance", advance),
    _post("/faults", set_fault),
    _post("/faults/clear", clear_faults),
    _post("/redeliver", redeliver),
    _post("/duplicate", duplicate),
    _post("/hold", hold),
    _post("/release", release),
    _post("/switches", set_switches),
    _post("/revoke", revoke),
    _post("/mails/clear", clear_mails),
    _post("/requests/clear", clear_requests),
]
