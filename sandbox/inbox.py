"""The SMTP server of the inbox: accepts every email and keeps it in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from sandbox.state import State

MAX_MAIL = 10_000_000


class Keeper:
    """aiosmtpd's handler: accepts every recipient. A fault on the route ``SMTP`` rejects or delays instead."""

    def __init__(self, state: Callable[[], State]) -> None:
        self._state = state

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        state = self._state()
        fault = state.faults.take_smtp()
        if fault is not None and fault.kind == "delay" and fault.when == "before":
            await asyncio.sleep(fault.seconds)
        if fault is not None and fault.kind == "status" and fault.when == "before":
            return f"{fault.status} The sandbox is set to respond like this"
        content = envelope.original_content or b""
        recipients = [str(address) for address in envelope.rcpt_tos]
        state.mailbox.add(content, sender=envelope.mail_from or "", recipients=recipients, at=state.clock.now())
        if fault is not None and fault.kind == "delay" and fault.when == "after":
            await asyncio.sleep(fault.seconds)
        if fault is not None and fault.kind == "status" and fault.when == "after":
            return f"{fault.status} The sandbox is set to respond like this"
        return "250 OK"


async def listen(state: Callable[[], State], host: str, port: int) -> tuple[asyncio.Server, int]:
    """Start the SMTP server; returns it and its port."""
    keeper = Keeper(state)

    def session() -> Any:
        return SMTP(keeper, data_size_limit=MAX_MAIL, enable_SMTPUTF8=True, hostname="sandbox.localhost")

    server = await asyncio.get_running_loop().create_server(session, host=host, port=port)
    return server, int(server.sockets[0].getsockname()[1])
