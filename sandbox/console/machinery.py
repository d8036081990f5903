"""What the real SmartRecruiters doesn't show: deliveries with their attempts, the clock, faults, API calls."""

from __future__ import annotations

from itertools import islice

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.clock import MAX_JUMP
from sandbox.errors import ApiError, bad_request
from sandbox.faults import KINDS, FaultError
from sandbox.runtime import sandbox_of
from sandbox.web import own_form, page, see_other, text_of

JUMPS = (
    (60, "1 minute"),
    (600, "10 minutes"),
    (1800, "30 minutes"),
    (3600, "1 hour"),
    (86400, "1 day"),
    (604800, "7 days"),
    (2419200, "28 days"),
)
SHOWN = 100


async def deliveries(request: Request) -> Response:
    state = sandbox_of(request).state
    newest = list(islice(reversed(state.deliveries.values()), SHOWN))
    return page(request, "deliveries.html", deliveries=newest, subscriptions=list(state.subscriptions.values()))


async def send_again(request: Request) -> Response:
    sandbox = sandbox_of(request)
    form = await own_form(request)
    delivery = sandbox.state.deliveries.get(text_of(form, "delivery"))
    if delivery is None:
        raise ApiError(404, "DELIVERY_NOT_FOUND", "There is no such delivery.")
    sandbox.dispatcher.send_again(delivery)
    return see_other("/console/deliveries")


async def clock(request: Request) -> Response:
    return page(request, "clock.html", jumps=JUMPS)


async def advance(request: Request) -> Response:
    form = await own_form(request)
    text = text_of(form, "seconds").strip()
    if not text.isascii() or not text.isdigit() or len(text) > 9 or int(text) > MAX_JUMP:
        raise bad_request("Seconds must be a whole number, at most 400 days.")
    await sandbox_of(request).dispatcher.advance(float(text))
    return see_other("/console/clock")


async def faults(request: Request) -> Response:
    templates = sorted(
        {
            f"{method} {route.path}"
            for route in request.app.routes
            if isinstance(route, Route) and route.path.startswith(_API)
            for method in (route.methods or set()) - {"HEAD"}
        }
    )
    active = sandbox_of(request).state.faults.active
    return page(request, "faults.html", faults=active, kinds=KINDS, templates=["*", "SMTP", *templates])


async def add_fault(request: Request) -> Response:
    form = await own_form(request)
    numbers = {name: text_of(form, name).strip() for name in ("times", "status", "seconds")}
    if not all(number.isascii() and number.isdigit() and len(number) < 6 for number in numbers.values()):
        raise bad_request("Times, status, and seconds must be whole numbers.")
    try:
        sandbox_of(request).state.faults.add(
            route=text_of(form, "route"),
            kind=text_of(form, "kind"),
            times=int(numbers["times"]),
            status=int(numbers["status"]),
            seconds=float(numbers["seconds"]),
        )
    except FaultError as error:
        raise bad_request(str(error)) from error
    return see_other("/console/faults")


async def remove_fault(request: Request) -> Response:
    form = await own_form(request)
    number = text_of(form, "fault")
    if number.isascii() and number.isdigit() and len(number) < 10:
        sandbox_of(request).state.faults.remove(int(number))
    return see_other("/console/faults")


async def calls(request: Request) -> Response:
    state = sandbox_of(request).state
    return page(request, "calls.html", calls=list(islice(reversed(state.requests), SHOWN)), total=len(state.requests))


_API = (
    "/candidates",
    "/jobs",
    "/job-applications-api",
    "/configuration",
    "/messages",
    "/user-api",
    "/webhooks-api",
    "/identity/oauth/token",
    "/2010-04-01",
)

routes: list[BaseRoute] = [
    Route("/console/deliveries", deliveries, methods=["GET"]),
    Route("/console/deliveries", send_again, methods=["POST"]),
    Route("/console/clock", clock, methods=["GET"]),
    Route("/console/clock", advance, methods=["POST"]),
    Route("/console/faults", faults, methods=["GET"]),
    Route("/console/faults", add_fault, methods=["POST"]),
    Route("/console/faults/remove", remove_fault, methods=["POST"]),
    Route("/console/calls", calls, methods=["GET"]),
]
