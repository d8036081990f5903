"""The vendor's operations, one module per API, shaped after its OpenAPI documents."""

from __future__ import annotations

from starlette.routing import BaseRoute

from sandbox.api import candidates, configuration, jobs, messages, users, webhooks

routes: list[BaseRoute] = [
    *users.routes,
    *configuration.routes,
    *jobs.routes,
    *candidates.routes,
    *messages.routes,
    *webhooks.routes,
]
