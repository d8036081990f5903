"""Query parameters that several APIs share."""

from __future__ import annotations

from datetime import datetime

from starlette.requests import Request

from sandbox.clock import parse_time
from sandbox.errors import bad_request


def after(request: Request, name: str) -> datetime | None:
    """A time boundary, ``yyyy-MM-ddTHH:mm:ss.SSSZZ``; raises the 400 if it is not one."""
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        return parse_time(text)
    except ValueError as error:
        raise bad_request(f"{name} must look like 2026-01-31T09:00:00.000Z.") from error


def action(url: str, method: str = "GET") -> dict[str, str]:
    """A link to a further operation, as the vendor writes them into ``actions``."""
    return {"url": url, "method": method}
