"""The inbox: every email received by SMTP."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.errors import ApiError
from sandbox.mail import Mail
from sandbox.runtime import sandbox_of
from sandbox.web import mail_document, own_form, page, see_other


async def mails(request: Request) -> Response:
    return page(request, "inbox.html", mails=list(reversed(sandbox_of(request).state.mailbox.mails)))


async def mail(request: Request) -> Response:
    return page(request, "mail.html", mail=_mail(request))


async def mail_html(request: Request) -> Response:
    return mail_document(_mail(request).html)


async def clear(request: Request) -> Response:
    await own_form(request)
    sandbox_of(request).state.mailbox.clear()
    return see_other("/inbox/")


async def with_slash(request: Request) -> Response:
    return RedirectResponse("/inbox/", status_code=302)


def _mail(request: Request) -> Mail:
    found = sandbox_of(request).state.mailbox.get(request.path_params["n"])
    if found is None:
        raise ApiError(404, "MAIL_NOT_FOUND", "There is no such email.")
    return found


routes: list[BaseRoute] = [
    Route("/inbox", with_slash, methods=["GET"]),
    Route("/inbox/", mails, methods=["GET"]),
    Route("/inbox/clear", clear, methods=["POST"]),
    Route("/inbox/{n:int}", mail, methods=["GET"]),
    Route("/inbox/{n:int}/html", mail_html, methods=["GET"]),
]
