"""Clock, faults, switches, credentials, emails, and the log of API calls."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox import switches
from sandbox.clock import MAX_JUMP, vendor_time
from sandbox.control import plane
from sandbox.control.plane import BASE, Json, get, post
from sandbox.errors import ApiError, bad_request
from sandbox.faults import FaultError
from sandbox.runtime import Sandbox, sandbox_of
from sandbox.scopes import PROMPTS
from sandbox.snapshot import counts_json, mail_json, mails_json, notes_json, requests_json, state_json


async def reset(sandbox: Sandbox, body: Json) -> Json:
    sandbox.reset()
    return state_json(sandbox)


async def keep(sandbox: Sandbox, body: Json) -> Json:
    sandbox.keep(plane.text(body, "name"))
    return {}


async def restore(sandbox: Sandbox, body: Json) -> Json:
    if not sandbox.restore(plane.text(body, "name")):
        raise bad_request("No state of this name was saved: call keep first.")
    return {}


async def advance(sandbox: Sandbox, body: Json) -> Json:
    """Move the clock. Returns when everything due has been attempted. 0 seconds: send what is due now."""
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
        "share": (int, float),
    }
    for name, value in body.items():
        if name not in known or isinstance(value, bool) or not isinstance(value, known[name]):
            raise bad_request(f"{name[:50]} is not a field of a fault or has the wrong type.")
    if "route" not in body or "kind" not in body:
        raise bad_request("A fault needs a route and a kind.")
    try:
        return sandbox.state.faults.add(**body).as_json()
    except FaultError as error:
        raise bad_request(str(error)) from error


async def clear_faults(sandbox: Sandbox, body: Json) -> Json:
    sandbox.state.faults.clear()
    return {}


def switches_json(request: Request) -> list[Json]:
    """Every switch with its value, in the order of the open questions."""
    current: Any = sandbox_of(request).state.switches
    return [
        {
            "name": item.name,
            "question": item.question,
            "text": item.text,
            "value": getattr(current, item.name),
            "default": item.default,
            "choices": list(item.choices) or None,
        }
        for item in switches.TABLE.values()
    ]


async def set_switches(sandbox: Sandbox, body: Json) -> Json:
    """``{name: value, …}``: sets all of them, or none if one is invalid."""
    try:
        return dict(switches.change(sandbox.state.switches, body))
    except switches.SwitchError as error:
        raise bad_request(str(error)) from error


async def reset_switches(sandbox: Sandbox, body: Json) -> Json:
    sandbox.whole.state.switches = switches.Switches()
    return {}


def deviations_json(request: Request) -> list[Json]:
    """Where responses so far violated the vendor's specification, and which switch caused it."""
    return [asdict(deviation) for deviation in sorted(sandbox_of(request).state.deviations)]


async def revoke(sandbox: Sandbox, body: Json) -> Json:
    """End all grants, or those of ``user_id``: like removing the app or the user."""
    user_id = body.get("user_id")
    if user_id is not None and not isinstance(user_id, str):
        raise bad_request("user_id must be text.")
    return {"revoked": sandbox.state.oauth.revoke_all(user_id=user_id)}


async def make_credential(sandbox: Sandbox, body: Json) -> Json:
    """A credential created by the company: ``kind`` is ``client`` (client credentials) or ``api_key``."""
    kind, user_id = plane.text(body, "kind"), plane.user_id(sandbox, body)
    scopes = body.get("scopes", list(PROMPTS))
    if not isinstance(scopes, list) or not all(isinstance(name, str) and name in PROMPTS for name in scopes):
        raise bad_request("scopes must be a list of scopes.")
    if kind == "api_key":
        return {"api_key": sandbox.state.oauth.make_api_key(user_id=user_id, scopes=tuple(scopes))}
    if kind != "client":
        raise bad_request("kind must be client or api_key.")
    client_id, secret = sandbox.state.oauth.make_client(user_id=user_id, scopes=tuple(scopes))
    return {"client_id": client_id, "client_secret": secret}


async def clear_mails(sandbox: Sandbox, body: Json) -> Json:
    sandbox.state.mailbox.clear()
    return {}


async def clear_requests(sandbox: Sandbox, body: Json) -> Json:
    sandbox.state.requests.clear()
    return {}


async def one_mail(request: Request) -> Response:
    mail = sandbox_of(request).state.mailbox.get(int(request.path_params["n"]))
    if mail is None:
        raise ApiError(404, "MAIL_NOT_FOUND", "There is no such email.")
    return JSONResponse(mail_json(mail))


routes: list[BaseRoute] = [
    get("/state", lambda request: state_json(sandbox_of(request))),
    get("/counts", lambda request: counts_json(sandbox_of(request).state)),
    get("/notes", lambda request: notes_json(sandbox_of(request).state)),
    get("/requests", lambda request: requests_json(sandbox_of(request).state, request.query_params)),
    get("/faults", lambda request: [f.as_json() for f in sandbox_of(request).state.faults.active]),
    get("/switches", switches_json),
    get("/deviations", deviations_json),
    get("/mails", lambda request: mails_json(sandbox_of(request).state, request.query_params)),
    Route(BASE + "/mails/{n:int}", one_mail, methods=["GET"]),
    post("/reset", reset),
    post("/keep", keep),
    post("/restore", restore),
    post("/advance", advance),
    post("/faults", set_fault),
    post("/faults/clear", clear_faults),
    post("/switches", set_switches),
    post("/switches/reset", reset_switches),
    post("/revoke", revoke),
    post("/credentials", make_credential),
    post("/mails/clear", clear_mails),
    post("/requests/clear", clear_requests),
]
