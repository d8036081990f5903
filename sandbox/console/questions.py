"""Switches for behavior that SmartRecruiters doesn't document."""

from __future__ import annotations

from itertools import groupby

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.errors import bad_request
from sandbox.runtime import sandbox_of
from sandbox.switches import TABLE, SwitchError, Switches, as_text, change
from sandbox.web import own_form, page, see_other, text_of

PATH = "/console/questions"
HEADINGS = {
    "moves": "After a move",
    "lag": "Reads",
    "odd": "Odd answers",
    "ids": "Letter case of ids",
    "signature": "Signatures",
    "rejection": "After a rejection",
}


async def questions(request: Request) -> Response:
    switches = sandbox_of(request).state.switches
    shown = [
        {
            "name": item.name,
            "question": item.question,
            "text": item.text,
            "value": as_text(getattr(switches, item.name)),
            "default": as_text(item.default),
            "choices": [as_text(choice) for choice in item.choices],
        }
        for item in TABLE.values()
    ]
    groups = [(question, list(group)) for question, group in groupby(shown, key=lambda item: item["question"])]
    changed = sum(item["value"] != item["default"] for item in shown)
    return page(request, "questions.html", groups=groups, changed=changed, headings=HEADINGS)


async def answer(request: Request) -> Response:
    """Fields: ``act`` = ``reset``, or the switches by name."""
    sandbox, form = sandbox_of(request), await own_form(request)
    if text_of(form, "act") == "reset":
        sandbox.whole.state.switches = Switches()
        return see_other(PATH)
    try:
        wanted = {name: item.read(text_of(form, name)) for name, item in TABLE.items() if name in form}
        change(sandbox.state.switches, dict(wanted))
    except SwitchError as error:
        raise bad_request(str(error)) from error
    return see_other(PATH)


routes: list[BaseRoute] = [
    Route(PATH, questions, methods=["GET"]),
    Route(PATH, answer, methods=["POST"]),
]
