"""The control plane, ``/_sandbox/``: JSON for tests and demos. Not part of SmartRecruiters."""

from __future__ import annotations

from starlette.routing import BaseRoute

from sandbox.control import company, machinery, people, texts, webhooks

routes: list[BaseRoute] = [*machinery.routes, *people.routes, *company.routes, *webhooks.routes, *texts.routes]
