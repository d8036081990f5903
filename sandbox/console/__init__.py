"""Console pages: companies with people and settings, webhooks, clock, faults, open questions, inbox."""

from __future__ import annotations

from starlette.routing import BaseRoute

from sandbox.console import company, inbox, machinery, people, questions, settings, texts

routes: list[BaseRoute] = [
    *company.routes,
    *people.routes,
    *settings.routes,
    *machinery.routes,
    *questions.routes,
    *inbox.routes,
    *texts.routes,
]
