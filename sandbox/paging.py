"""Cursor paging: opaque page ids that must be URL-encoded, ``nextPageId`` in bodies and ``Link`` headers."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlencode

from starlette.requests import Request

from sandbox.errors import ApiError, bad_request

T = TypeVar("T")

# These bytes make every page id start with "+//+", which exposes clients that don't URL-encode it.
_PREFIX = b"\xfb\xff\xfe"


@dataclass
class Page(Generic[T]):
    items: Sequence[T]
    total: int
    limit: int
    next_page_id: str | None


def integer(request: Request, name: str, *, default: int, low: int, high: int) -> int:
    """A query parameter as a number within bounds; raises the 400 otherwise."""
    text = request.query_params.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 9 or not low <= int(text) <= high:
        raise bad_request(f"{name} must be a number from {low} to {high}.")
    return int(text)


def page(
    request: Request,
    items: Sequence[T],
    *,
    key: Callable[[T], str],
    kind: str,
    limit_name: str = "limit",
    default: int = 10,
    maximum: int = 100,
    page_name: str = "pageId",
) -> Page[T]:
    """The requested page. ``key`` gives each item's id; the cursor names the last item returned."""
    limit = integer(request, limit_name, default=default, low=1, high=maximum)
    cursor = request.query_params.get(page_name)
    start = 0 if cursor is None else _position(items, key, _decode(cursor, kind))
    part = items[start : start + limit]
    more = start + limit < len(items)
    return Page(part, len(items), limit, _encode(kind, key(part[-1])) if more else None)


def next_link(request: Request, next_page_id: str | None, *, page_name: str = "pageId") -> dict[str, str]:
    """The ``Link`` header to the next page (RFC 8288), or no header. Relative, as in the vendor's example."""
    if next_page_id is None:
        return {}
    query = [(k, v) for k, v in request.query_params.multi_items() if k != page_name]
    return {"Link": f'<{request.url.path}?{urlencode([*query, (page_name, next_page_id)])}>; rel="next"'}


def _position(items: Sequence[T], key: Callable[[T], str], last: str) -> int:
    for index, item in enumerate(items):
        if key(item) == last:
            return index + 1
    raise ApiError(400, "INVALID_PAGE_ID", "The page id is not one that was handed out.")


def _encode(kind: str, last: str) -> str:
    return base64.b64encode(_PREFIX + f"{kind}:{last}".encode()).decode()


def _decode(cursor: str, kind: str) -> str:
    wrong = ApiError(400, "INVALID_PAGE_ID", "The page id is not one that was handed out.")
    try:
        raw = base64.b64decode(cursor, validate=True)
        text = raw.removeprefix(_PREFIX).decode()
    except (binascii.Error, ValueError) as error:
        raise wrong from error
    found, _, last = text.partition(":")
    if not raw.startswith(_PREFIX) or found != kind:
        raise wrong
    return last
