"""Responses that break off: a reset connection and a truncated body."""

from __future__ import annotations

import asyncio
import socket
import struct

from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

_transports: dict[tuple[str, int], asyncio.Transport] = {}


class BreakableProtocol(H11Protocol):
    """uvicorn's HTTP/1.1 protocol, which remembers each client's connection so that a response can break it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if self.client is not None:
            _transports[self.client] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        if self.client is not None:
            _transports.pop(self.client, None)
        super().connection_lost(exc)


class ResetResponse(Response):
    """Sends nothing: the connection is reset (TCP RST)."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await _break(scope)
        await super().__call__(scope, receive, send)


class TruncatedResponse(Response):
    """Announces the full length, sends half the body, and closes the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = bytes(self.body)
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
        transport = _transports.get(_client(scope))
        if transport is not None:
            transport.close()
            await asyncio.sleep(0.01)
        await send({"type": "http.response.body", "body": body[len(body) // 2 :]})


async def _break(scope: Scope) -> None:
    transport = _transports.get(_client(scope))
    if transport is None:
        return
    raw: socket.socket | None = transport.get_extra_info("socket")
    if raw is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
    await asyncio.sleep(0.01)


def _client(scope: Scope) -> tuple[str, int]:
    host, port = scope.get("client") or ("", 0)
    return host, port
