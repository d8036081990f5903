"""The carrier call that the product makes, modeled on Twilio's Message resource."""

from __future__ import annotations

import base64
import hmac
import re

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.operation import perform
from sandbox.runtime import Sandbox, sandbox_of
from sandbox.texts import REFUSED_ENDING

TEMPLATE = "/2010-04-01/Accounts/{account}/Messages.json"
MOST_CHARACTERS = 1600
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


async def create(request: Request) -> Response:
    async def answer() -> Response:
        sandbox = sandbox_of(request)
        if not _is_account(request, sandbox):
            return _refusal(401, 20003, "Authenticate")
        form = await request.form(max_files=0, max_fields=50)
        to, body = _field(form, "To"), _field(form, "Body")
        if not _E164.fullmatch(to) or to.endswith(REFUSED_ENDING):
            return _refusal(400, 21211, f"Invalid 'To' Phone Number: {to}")
        if _field(form, "From") != sandbox.config.text_number:
            return _refusal(400, 21606, "The 'From' phone number is not one of this account.")
        if not body or len(body) > MOST_CHARACTERS:
            return _refusal(400, 21617 if body else 21602, "The message body is missing or too long.")
        state = sandbox.state
        if to in state.textbox.stopped:
            return _refusal(400, 21610, "Attempt to send to unsubscribed recipient")
        callback = _field(form, "StatusCallback")
        if callback and not sandbox.config.callback_allowed(callback):
            return _refusal(400, 21609, "The 'StatusCallback' URL is not valid.")
        text = state.textbox.add(
            ours=True, sender=_field(form, "From"), to=to, body=body, at=state.clock.now(), callback_url=callback
        )
        sandbox.texter.follow(text)
        return JSONResponse({"sid": text.sid, "status": "queued", "to": to, "body": body}, status_code=201)

    return await perform(request, TEMPLATE, answer)


def _is_account(request: Request, sandbox: Sandbox) -> bool:
    config = sandbox.config
    pair = base64.b64encode(f"{config.text_account}:{config.text_token}".encode()).decode()
    given = request.headers.get("authorization", "")
    known = hmac.compare_digest(given.encode(), f"Basic {pair}".encode())
    return known and request.path_params["account"] == config.text_account


def _field(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value if isinstance(value, str) else ""


def _refusal(status: int, code: int, message: str) -> Response:
    return JSONResponse({"code": code, "message": message, "status": status}, status_code=status)


routes: list[BaseRoute] = [Route(TEMPLATE, create, methods=["POST"])]
