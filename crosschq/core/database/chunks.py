"""Read many rows without holding all of them, and without a cursor in the server, which a pooler doesn't allow."""

from collections.abc import Callable, Iterator
from typing import Any

from django.db.models import QuerySet


def in_chunks(rows: "QuerySet[Any]", size: int, *, key: Callable[[Any], Any] = lambda row: row.pk) -> Iterator[Any]:
    """Each row in the order of its primary key, `size` in a query. key: the primary key of what the query returns."""
    after: dict[str, Any] = {}
    while True:
        chunk = list(rows.filter(**after).order_by("pk")[:size])
        yield from chunk
        if len(chunk) < size:
            return
        after = {"pk__gt": key(chunk[-1])}
