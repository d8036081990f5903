"""Callbacks: send them again, twice, late, or in another order."""

from __future__ import annotations

from starlette.routing import BaseRoute

from sandbox.control import plane
from sandbox.control.plane import Json, get, post
from sandbox.errors import ApiError, bad_request
from sandbox.runtime import Sandbox, sandbox_of
from sandbox.snapshot import deliveries_json


async def redeliver(sandbox: Sandbox, body: Json) -> Json:
    """Send every delivery of an event again, like a retry."""
    found = sandbox.state.deliveries_of_event(plane.text(body, "event_id"))
    if not found:
        raise ApiError(404, "EVENT_NOT_FOUND", "No delivery has this event id.")
    for delivery in found:
        sandbox.dispatcher.send_again(delivery)
    return {"deliveries": [delivery.id for delivery in found]}


async def duplicate(sandbox: Sandbox, body: Json) -> Json:
    """Queue more deliveries with the same event id: ``copies`` for each existing one."""
    state, copies = sandbox.state, body.get("copies", 1)
    found = state.deliveries_of_event(plane.text(body, "event_id"))
    if not found:
        raise ApiError(404, "EVENT_NOT_FOUND", "No delivery has this event id.")
    if not isinstance(copies, int) or not 1 <= copies <= 1000:
        raise bad_request("copies must be a number from 1 to 1000.")
    subscriptions = [state.subscriptions[d.subscription_id] for d in found if d.subscription_id in state.subscriptions]
    made = [sandbox.dispatcher.queue(found[0].event, s) for s in subscriptions for _ in range(copies)]
    return {"deliveries": [delivery.id for delivery in made]}


async def retry(sandbox: Sandbox, body: Json) -> Json:
    """Send everything now that waits for its next attempt, instead of minutes or hours later."""
    waiting = list(sandbox.state.waiting.values())
    for delivery in waiting:
        sandbox.dispatcher.send_again(delivery)
    return {"deliveries": len(waiting)}


async def hold(sandbox: Sandbox, body: Json) -> Json:
    """Hold callbacks until they are released."""
    sandbox.whole.state.holding = True
    return {}


async def release(sandbox: Sandbox, body: Json) -> Json:
    """Send held callbacks one by one: oldest first, or ``{"order": "newest_first"}``, or a list of ids."""
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
    sandbox.whole.state.holding = False
    sandbox.dispatcher.wake()
    return {"deliveries": [delivery.id for delivery in chosen]}


routes: list[BaseRoute] = [
    get("/deliveries", lambda request: deliveries_json(sandbox_of(request).state)),
    post("/redeliver", redeliver),
    post("/duplicate", duplicate),
    post("/retry", retry),
    post("/hold", hold),
    post("/release", release),
]
