"""The operations that the product's client calls and the sandbox offers, read from their code."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from starlette.routing import Route

from connectors import smartrecruiters
from connectors.smartrecruiters.client import Operation
from sandbox import api
from sandbox.api import texts
from tests.contract.oracle import TOKEN_ENDPOINT


def _found() -> dict[str, Operation]:
    modules = [
        import_module(f"{smartrecruiters.__name__}.{m.name}") for m in pkgutil.iter_modules(smartrecruiters.__path__)
    ]
    found = [value for module in modules for value in vars(module).values() if isinstance(value, Operation)]
    return {operation.endpoint: operation for operation in found}


def _of_sandbox() -> set[str]:
    # The text message carrier is another vendor, whose routes the sandbox serves too.
    routes = [route for route in api.routes if isinstance(route, Route) and route.path != texts.TEMPLATE]
    pairs = {(method, route.path) for route in routes for method in (route.methods or set()) - {"HEAD"}}
    return {f"{method} {path.replace(':path', '')}" for method, path in pairs}


OPERATIONS = _found()
OURS = {*OPERATIONS, TOKEN_ENDPOINT}
OF_SANDBOX = {*_of_sandbox(), TOKEN_ENDPOINT}
