"""Runs the sandbox's app under uvicorn."""

from __future__ import annotations

import socket

import uvicorn
from starlette.applications import Starlette

from sandbox.app import create_app
from sandbox.broken import BreakableProtocol
from sandbox.config import Config


class Server(uvicorn.Server):
    """Prints one line when ready, and nothing else."""

    def __init__(self, app: Starlette, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.app = app

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            port = self.servers[0].sockets[0].getsockname()[1]
            smtp = self.app.state.sandbox.smtp_port
            inbox = f", SMTP on port {smtp}" if smtp else ""
            print(f"Sandbox SmartRecruiters ready: http://localhost:{port}/{inbox}", flush=True)


def make_server(config: Config) -> Server:
    app = create_app(config)
    return Server(
        app,
        uvicorn.Config(
            app,
            host=config.host,
            port=config.port,
            http=BreakableProtocol,
            loop="asyncio",
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=2,
            # Longer than clients keep idle connections, so that this side never closes one in use.
            timeout_keep_alive=75,
        ),
    )
