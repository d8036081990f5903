"""The vendor's operations, one module per API, modeled on its OpenAPI documents."""

from __future__ import annotations

from starlette.routing import BaseRoute

from sandbox.api import (
    applications,
    attachments,
    candidates,
    configuration,
    deprecated_users,
    jobs,
    messages,
    people,
    search,
    sources,
    texts,
    users,
    webhooks,
)

routes: list[BaseRoute] = [
    *users.routes,
    *deprecated_users.routes,
    *configuration.routes,
    *sources.routes,
    *jobs.routes,
    *search.routes,
    *attachments.routes,
    *people.routes,
    *candidates.routes,
    *applications.routes,
    *messages.routes,
    *webhooks.routes,
    *texts.routes,
]
