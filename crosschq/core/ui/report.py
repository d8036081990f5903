from collections.abc import Iterable, Mapping
from typing import Any

from crosschq.core.ui.library import register

# Sizes in SVG units, which are pixels.
FIGURE_WIDTH = 200
FIGURE_STEP = 44
FIGURE_LEFT = 12
DOT = 8  # the radius of a dot, and half the side of a square
STACK_STEP = 17
FIRST_DOT = 16  # above the axis, so that it doesn't cover the self-rating
BELOW_AXIS = 9


@register.inclusion_tag("includes/rating_table.html")
def rating_table(rows: Iterable[Any], *, caption: str, with_self: bool = True) -> dict[str, Any]:
    """Ratings from 1 to 5: one dot for each reference, mean, range, self-rating, and count.

    Each row is an object or a mapping with label, mean, low, high, self_rating, count, given, and optionally note,
    managers, and peers. `given` are objects with letter, rating, and is_manager, one for each reference. mean, low, and
    high are None if no one answered. The columns for managers and peers appear if both have ratings.
    """
    shown = [_rating_row(row) for row in rows]
    groups = [{row[name] is not None for row in shown} for name in ("managers", "peers")]
    return {
        "rows": shown,
        "caption": caption,
        "width": FIGURE_WIDTH,
        "points": [(number, _x(number)) for number in range(1, 6)],
        "has_groups": all(True in group for group in groups),
        "with_self": with_self,
    }


def _rating_row(row: Any) -> dict[str, Any]:
    def read(name: str) -> Any:
        return row.get(name) if isinstance(row, Mapping) else getattr(row, name, None)

    names = ("label", "mean", "low", "high", "self_rating", "count", "note", "managers", "peers", "given")
    values = {name: read(name) for name in names}
    return {**values, "figure": _figure(values["given"] or (), values["self_rating"])}


def _figure(given: Iterable[Any], self_rating: int | None) -> dict[str, Any]:
    """The dots of a row, stacked above their rating, in the order of the references."""
    columns: dict[int, list[Any]] = {}
    for one in given:
        if one.rating is not None:
            columns.setdefault(one.rating, []).append(one)
    tallest = max((len(column) for column in columns.values()), default=1)
    axis = DOT + 1 + (tallest - 1) * STACK_STEP + FIRST_DOT
    return {
        "axis": axis,
        "height": axis + BELOW_AXIS,
        "self": None if self_rating is None else _x(self_rating),
        "dots": [
            {
                "x": _x(rating),
                "y": axis - FIRST_DOT - place * STACK_STEP,
                "left": _x(rating) - DOT,
                "top": axis - FIRST_DOT - place * STACK_STEP - DOT,
                "letter": one.letter,
                "is_manager": one.is_manager,
            }
            for rating, column in sorted(columns.items())
            for place, one in enumerate(column)
        ],
    }


def _x(value: float) -> float:
    """The x position of a rating in the figure, in SVG units."""
    return round(FIGURE_LEFT + (float(value) - 1) * FIGURE_STEP, 1)
