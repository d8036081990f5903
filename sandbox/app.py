"""The whole sandbox as one ASGI app."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox import api, console, control, identity
from sandbox.config import LOOPBACK_HOSTS, Config
from sandbox.errors import ApiError
from sandbox.inbox import listen
from sandbox.operation import perform
from sandbox.runtime import Sandbox
from sandbox.web import not_found, page

PEOPLE = ("/console", "/inbox", "/identity/oauth/allow")


def create_app(config: Config) -> Starlette:
    """The app; its lifespan runs the deliveries and the SMTP server. ``app.state.sandbox`` is the Sandbox."""
    sandbox = Sandbox(config)

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with contextlib.AsyncExitStack() as stack:
            stack.push_async_callback(sandbox.client.aclose)
            if config.smtp_port is not None:
                server, sandbox.smtp_port = await listen(lambda: sandbox.state, config.host, config.smtp_port)
                stack.callback(server.close)
            sending = asyncio.create_task(sandbox.dispatcher.run())
            stack.push_async_callback(sandbox.dispatcher.close)
            stack.push_async_callback(sandbox.texter.close)
            stack.callback(sending.cancel)
            yield

    app = Starlette(
        routes=[
            Route("/", start, methods=["GET"]),
            Mount("/static", StaticFiles(directory=Path(__file__).parent / "static")),
            *identity.routes,
            *api.routes,
            *control.routes,
            *console.routes,
        ],
        middleware=[Middleware(LocalHostsOnly, config)],
        lifespan=lifespan,
        exception_handlers={HTTPException: on_http_error, ApiError: on_api_error},
    )
    app.state.sandbox = sandbox
    return app


async def start(request: Request) -> Response:
    return RedirectResponse("/console/jobs", status_code=302)


async def on_http_error(request: Request, error: Exception) -> Response:
    """404 and 405: a page for browsers, the vendor's error body for other clients."""
    if not isinstance(error, HTTPException):
        raise error
    if request.url.path.startswith(PEOPLE):
        return not_found(request)

    async def answer() -> Response:
        code = "METHOD_NOT_ALLOWED" if error.status_code == 405 else "RESOURCE_NOT_FOUND"
        raise ApiError(error.status_code, code, "There is no such operation.")

    return await perform(request, "", answer)


async def on_api_error(request: Request, error: Exception) -> Response:
    """An ApiError outside the API: a page for browsers, JSON for the control plane."""
    if not isinstance(error, ApiError):
        raise error
    if request.url.path.startswith(PEOPLE):
        return page(request, "message.html", status=error.status, title="That did not work", text=error.message)
    return error.response()


class LocalHostsOnly:
    """Refuses other host names while the sandbox listens on loopback (against DNS rebinding)."""

    def __init__(self, app: ASGIApp, config: Config) -> None:
        self._app = app
        self._open = not config.binds_loopback
        self._names = LOOPBACK_HOSTS | {urlsplit(config.public_url).hostname or "localhost"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self._open and not self._known(Headers(scope=scope).get("host", "")):
            await PlainTextResponse("This host name isn't the sandbox's.", status_code=421)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _known(self, host: str) -> bool:
        try:
            return urlsplit(f"//{host}").hostname in self._names
        except ValueError:
            return False
