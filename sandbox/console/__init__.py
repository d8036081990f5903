"""Pages for a person: the company, its people, the webhooks, the clock, the faults, the open questions, the inbox."""

from __future__ import annotations

from starlette.routing import BaseRoute

from sandbox.console import company, inbox, machinery, people, questions, texts

routes: list[BaseRoute] = [
    *company.routes,
    *people.routes,
    *machinery.routes,
    *questions.routes,
    *inbox.routes,
    *texts.routes,
]
