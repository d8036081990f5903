"""All text messages, and a form to reply as the recipient."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.errors import bad_request
from sandbox.runtime import sandbox_of
from sandbox.web import own_form, page, see_other, text_of

MAX_CHARACTERS = 1600
_NUMBER = re.compile(r"\+[0-9]{6,15}")


async def texts(request: Request) -> Response:
    box = sandbox_of(request).state.textbox
    numbers = list(dict.fromkeys(text.to if text.ours else text.sender for text in reversed(box.texts)))
    return page(request, "texts.html", texts=list(reversed(box.texts)), numbers=numbers, stopped=box.stopped)


async def reply(request: Request) -> Response:
    form = await own_form(request)
    number, body = text_of(form, "from").strip(), text_of(form, "text").strip()
    if not _NUMBER.fullmatch(number) or not 0 < len(body) <= MAX_CHARACTERS:
        raise bad_request("Enter a number like +12025550143 and a text.")
    await sandbox_of(request).texter.receive(number, body)
    return see_other("/inbox/texts")


async def clear(request: Request) -> Response:
    await own_form(request)
    sandbox_of(request).state.textbox.clear()
    return see_other("/inbox/texts")


routes: list[BaseRoute] = [
    Route("/inbox/texts", texts, methods=["GET"]),
    Route("/inbox/texts/reply", reply, methods=["POST"]),
    Route("/inbox/texts/clear", clear, methods=["POST"]),
]
