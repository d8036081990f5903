"""Pages that start at a row instead of at an offset, so that old pages cost no more than new ones.

https://use-the-index-luke.com/no-offset
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan


def behind(order: Sequence[str], values: Sequence[Any]) -> TupleGreaterThan | TupleLessThan:
    """The condition for rows that come after the one with these values, for a query in this order.

    order: as for `order_by`, with columns that are never null. All go up or all go down, as in an index that serves it.
    Raises ValueError otherwise.

    A comparison of rows, which an index can start from. With `a < x OR (a = x AND b < y)`, the planner expects a half
    of the rows that there are, and may sort all of them for one page.
    """
    down = {name.startswith("-") for name in order}
    if len(down) != 1:
        raise ValueError(f"{order} goes up and down")
    columns = Tuple(*(F(name.removeprefix("-")) for name in order))
    lookup = TupleLessThan if down.pop() else TupleGreaterThan
    return lookup(columns, tuple(values))


def turned(order: Sequence[str]) -> list[str]:
    """The opposite order."""
    return [name.removeprefix("-") if name.startswith("-") else f"-{name}" for name in order]


@dataclass(frozen=True)
class Page:
    """One page of rows. `previous` and `next`: the uids of those that the pages beside it start from."""

    rows: Sequence[Any]
    previous: UUID | None
    next: UUID | None


def page(
    rows: "QuerySet[Any]", order: Sequence[str], size: int, *, after: UUID | None = None, before: UUID | None = None
) -> Page:
    """The first page in this order, or the one after or before the row with this uid. An unknown one is ignored.

    order: as for `behind`. The row may have left the list: it is looked up among all of its table.
    """
    uid, names = after or before, [name.removeprefix("-") for name in order]
    start = rows.model._default_manager.filter(uid=uid).values_list(*names).first() if uid else None
    start = None if start is None or None in start else start
    is_backward = start is not None and not after
    order = turned(order) if is_backward else order
    found = list((rows if start is None else rows.filter(behind(order, start))).order_by(*order)[: size + 1])
    return page_of(found, size, is_first=start is None, is_backward=is_backward)


def page_of(found: Sequence[Any], size: int, *, is_first: bool, is_backward: bool) -> Page:
    """The page of rows in the order in which they were read, with one more if there are others beyond the page.

    is_first: they were read from the beginning of the list. is_backward: from a row towards the beginning.
    """
    has_more, shown = len(found) > size, list(found[:size])
    if is_backward:
        shown.reverse()
    has_previous, has_next = (has_more, True) if is_backward else (not is_first, has_more)
    previous, following = (shown[0].uid, shown[-1].uid) if shown else (None, None)
    return Page(shown, previous if has_previous else None, following if has_next else None)
