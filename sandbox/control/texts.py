"""Text messages, for tests and demos."""

from __future__ import annotations

from starlette.requests import Request
from starlette.routing import BaseRoute

from sandbox.clock import vendor_time
from sandbox.control import plane
from sandbox.control.plane import Json, get, post
from sandbox.errors import ApiError
from sandbox.runtime import Sandbox, sandbox_of
from sandbox.texts import Text


def texts_json(request: Request) -> list[Json]:
    """All text messages in order; ``to`` narrows them to one number."""
    wanted = request.query_params.get("to", "")
    found = sandbox_of(request).state.textbox.texts
    return [_json(text) for text in found if not wanted or text.to == wanted]


async def settle(sandbox: Sandbox, body: Json) -> Json:
    """Return when all texts and their callbacks are done."""
    await sandbox.texter.settle()
    return {}


async def receive(sandbox: Sandbox, body: Json) -> Json:
    """Send a text to the product: ``from``, ``text``."""
    status = await sandbox.texter.receive(plane.text(body, "from"), plane.text(body, "text"))
    return {"status": status}


async def tell(sandbox: Sandbox, body: Json) -> Json:
    """Send another status callback for the text ``sid``: ``status``, and optionally ``error``."""
    sid, error = plane.text(body, "sid"), body.get("error", "")
    text = next((text for text in sandbox.state.textbox.texts if text.sid == sid), None)
    if text is None:
        raise ApiError(404, "TEXT_NOT_FOUND", "There is no such text.")
    await sandbox.texter.tell(text, plane.text(body, "status"), error if isinstance(error, str) else "")
    return _json(text)


async def clear(sandbox: Sandbox, body: Json) -> Json:
    sandbox.state.textbox.clear()
    return {}


def _json(text: Text) -> Json:
    return {
        "n": text.n,
        "sid": text.sid,
        "ours": text.ours,
        "from": text.sender,
        "to": text.to,
        "text": text.body,
        "at": vendor_time(text.at),
        "status": text.status,
        "error": text.error,
        "callback_url": text.callback_url,
        "responses": text.responses,
    }


routes: list[BaseRoute] = [
    get("/texts", texts_json),
    post("/texts/settle", settle),
    post("/texts/receive", receive),
    post("/texts/tell", tell),
    post("/texts/clear", clear),
]
