"""Pages for a person: the company, its candidates, the webhooks, the clock, the faults and the inbox."""

from __future__ import annotations

from starlette.routing import BaseRoute

from sandbox.console import company, inbox, machinery

routes: list[BaseRoute] = [*company.routes, *machinery.routes, *inbox.routes]
