from collections.abc import Iterable, Mapping
from typing import Any

from crosschq.core.ui.library import register

FIGURE_WIDTH = 200
FIGURE_STEP = 44
FIGURE_LEFT = 12
BAR_RADIUS = 6


@register.inclusion_tag("includes/rating_table.html")
def rating_table(rows: Iterable[Any], *, caption: str) -> dict[str, Any]:
    """Ratings from 1 to 5 with mean, range, self-rating, and count. The figure repeats the cells.

    Each row is an object or a mapping with label, mean, low, high, self_rating, count, and optionally note; mean, low,
    and high are None if no one answered.
    """
    return {
        "rows": [_rating_row(row) for row in rows],
        "caption": caption,
        "width": FIGURE_WIDTH,
        "points": [(number, _x(number)) for number in range(1, 6)],
    }


def _rating_row(row: Any) -> dict[str, Any]:
    def read(name: str) -> Any:
        return row.get(name) if isinstance(row, Mapping) else getattr(row, name, None)

    values = {name: read(name) for name in ("label", "mean", "low", "high", "self_rating", "count", "note")}
    figure = {name: _x(values[name]) for name in ("mean", "self_rating") if values[name] is not None}
    if values["low"] is not None and values["high"] is not None:
        left, right = _x(values["low"]) - BAR_RADIUS, _x(values["high"]) + BAR_RADIUS
        figure |= {"left": left, "span": right - left}
    return {**values, "x": figure}


def _x(value: float) -> float:
    """The x position of a rating in the figure, in SVG units."""
    return round(FIGURE_LEFT + (float(value) - 1) * FIGURE_STEP, 1)
