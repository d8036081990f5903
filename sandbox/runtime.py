"""The running sandbox: its settings, its state, and what sends and receives for it."""

from __future__ import annotations

from typing import cast

import httpx
from starlette.requests import HTTPConnection

from sandbox.config import Config
from sandbox.deliveries import Dispatcher
from sandbox.events import Event
from sandbox.state import State, new_state


class Sandbox:
    def __init__(self, config: Config) -> None:
        self.config = config
        self.state: State = new_state(config)
        self.client = httpx.AsyncClient(follow_redirects=False, trust_env=False, timeout=30.0)
        self.dispatcher = Dispatcher(lambda: self.state, self.client)
        self.smtp_port: int | None = None

    @property
    def api_url(self) -> str:
        """Root of the API's own links, without a slash at the end."""
        return self.config.public_url

    def fire(self, event: Event) -> None:
        """Tell all subscribers; they are called later, by a task of their own."""
        self.dispatcher.fire(event)

    def reset(self) -> None:
        """Forget everything and start anew: same company and ids, no grants, no subscriptions, clock at zero."""
        self.state = new_state(self.config)


def sandbox_of(connection: HTTPConnection) -> Sandbox:
    return cast(Sandbox, connection.app.state.sandbox)
