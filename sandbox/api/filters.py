"""Request parsing and response parts shared by several APIs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from starlette.requests import Request

from sandbox.clock import parse_time
from sandbox.errors import bad_request


def after(request: Request, name: str) -> datetime | None:
    """A time boundary, ``yyyy-MM-ddTHH:mm:ss.SSSZZ``; raises a 400 if it isn't one."""
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        return parse_time(text)
    except ValueError as error:
        raise bad_request(f"{name} must look like 2026-01-31T09:00:00.000Z.") from error


def action(url: str, method: str = "GET") -> dict[str, str]:
    """A link to another operation, in the format of the vendor's ``actions``."""
    return {"url": url, "method": method}


def language(request: Request) -> str:
    """The requested language of labels; English by default."""
    return request.headers.get("accept-language", "").partition(",")[0].partition(";")[0].strip() or "en"


def optional_text(body: dict[str, Any], name: str) -> str | None:
    """An optional text field of the body; raises the 400 for other types."""
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise bad_request(f"{name} must be text.")
    return value


def texts(body: dict[str, Any], name: str) -> list[str]:
    """An optional list of texts from the body; raises the 400 for other types."""
    value = body.get(name, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise bad_request(f"{name} must be a list of texts.")
    return value
