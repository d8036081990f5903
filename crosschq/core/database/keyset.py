"""Pages that start at a row instead of at an offset, so that old pages cost no more than new ones.

https://use-the-index-luke.com/no-offset
"""

from collections.abc import Sequence
from typing import Any

from django.db.models import F
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
