"""Pages of the list of requests, in each of its orders.

A page starts at a request, not at an offset. Its keys are read first, because an index may have all that they need.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from django.db.models import Q, QuerySet

from crosschq.core.database.keys import among_keys
from crosschq.core.database.keyset import Page, behind, page_of, turned
from requests_app.attention.urgency import part_of, parts_by_urgency, urgency
from requests_app.models import ReferenceRequest
from requests_app.staff import queries
from requests_app.staff.queries import BY_DUE, BY_NAME, NEEDS, NEWEST, URGENT, RequestFilters

PAGE_ROWS = 50
# With filters, among this many of the first requests of the group: those are soon read.
WALKED = 200
ORDERS: Mapping[str, Sequence[str]] = {
    URGENT: ("urgency", "due_at", "id"),
    NEWEST: ("-created_at", "-id"),
    BY_DUE: ("due_at", "id"),
    BY_NAME: ("name_key", "id"),
}
Rows: TypeAlias = "QuerySet[ReferenceRequest]"
# The requests of a list that come one after the other, and the order of an index that has them.
Part: TypeAlias = tuple[Q, Sequence[str]]


@dataclass(frozen=True)
class _Place:
    """Where a page starts: at the first request, or next to `anchor`, which the page comes before if `is_backward`."""

    sort: str
    now: datetime
    anchor: ReferenceRequest | None
    is_backward: bool

    def turned(self, order: Sequence[str]) -> Sequence[str]:
        return turned(order) if self.is_backward else order

    def behind(self, order: Sequence[str]) -> Q:
        """The condition for requests that come after the anchor in this order."""
        if self.anchor is None:
            return Q()
        return Q(behind(order, [getattr(self.anchor, name.removeprefix("-")) for name in order]))

    def parts(self, group: str) -> list[Part]:
        """The parts of the group's list from here on, in the direction in which they are read."""
        if self.sort != URGENT:
            order = self.turned(ORDERS[self.sort])
            return [(self.behind(order), order)]
        # Each other group has requests of all parts.
        parts = parts_by_urgency(self.now)[: -1 if group == NEEDS else None]
        first = part_of(self.anchor.urgency) if self.anchor else 0  # type: ignore[attr-defined]  # annotated
        found = []
        for place in range(min(first, len(parts) - 1), -1, -1) if self.is_backward else range(first, len(parts)):
            condition, order = parts[place]
            order = self.turned(order)
            found.append((condition & self.behind(order) if place == first else condition, order))
        return found


def page(
    filters: RequestFilters,
    group: str,
    sort: str,
    now: datetime,
    *,
    keys: Sequence[int] | None = None,
    after: UUID | None = None,
    before: UUID | None = None,
) -> Page:
    """The first page in this order, or the one after or before a request. An unknown request is ignored.

    keys: of all requests that match the filters, if they are known. At most two queries, and one for `after`, `before`.
    """
    uid = after or before
    anchor = ReferenceRequest.objects.annotate(urgency=urgency(now)).filter(uid=uid).first() if uid else None
    place = _Place(sort, now, anchor, is_backward=anchor is not None and not after)
    if keys is not None:
        of_group = ReferenceRequest.objects.filter(queries.in_group(group, now))
        found = _sorted(of_group.filter(among_keys(keys)), place)
    elif filters.is_narrow and sort != NEWEST:
        found = _searched(filters, group, place)
    else:
        found = _in_order(filters, group, place)
    return page_of(found, PAGE_ROWS, is_first=anchor is None, is_backward=place.is_backward)


def _in_order(filters: RequestFilters, group: str, place: _Place) -> list[ReferenceRequest]:
    """The page from indexes in the order of the list. Each filter has one by which its requests are in order, too."""
    rows = queries.matching(filters, group, place.now)
    parts = place.parts(group)
    found: list[ReferenceRequest] = []
    # Most pages end in the first part. Together, the others take one statement.
    for some in (parts[:1], parts[1:]):
        if some and len(found) <= PAGE_ROWS:
            keys = [_keys(rows, part, PAGE_ROWS + 1) for part in some]
            found += _first(keys[0].union(*keys[1:], all=True), place)
    return found[: PAGE_ROWS + 1]


def _searched(filters: RequestFilters, group: str, place: _Place) -> list[ReferenceRequest]:
    """The page among the first requests of the group, and if they have too few that match, among all that match.

    The planner takes it that those that match are spread evenly over the list. If there are none where it begins to
    read, it may read all requests.
    """
    parts = place.parts(group)
    if parts:
        walked = _keys(ReferenceRequest.objects.filter(queries.in_group(group, place.now)), parts[0], WALKED)
        rows = queries.of_group(filters, group, place.now).filter(among_keys(walked))
        found = _sorted(queries.with_words(filters, rows), place)
        if len(found) > PAGE_ROWS:
            return found
    keys = queries.matching(filters, group, place.now).order_by().values("pk")
    return _sorted(ReferenceRequest.objects.filter(among_keys(keys)), place)


def _keys(rows: Rows, part: Part, most: int) -> "QuerySet[Any]":
    condition, order = part
    return rows.filter(condition).order_by(*order).values("pk")[:most]


def _sorted(rows: Rows, place: _Place) -> list[ReferenceRequest]:
    """The first of these rows after the anchor."""
    order = place.turned(ORDERS[place.sort])
    return _first(_keys(rows.annotate(urgency=urgency(place.now)), (place.behind(order), order), PAGE_ROWS + 1), place)


def _first(keys: "QuerySet[Any]", place: _Place) -> list[ReferenceRequest]:
    """The first requests with these keys, in the order of the list, with what rows show."""
    known = ReferenceRequest.objects.select_related("version", "connection").annotate(urgency=urgency(place.now))
    return list(known.filter(among_keys(keys)).order_by(*place.turned(ORDERS[place.sort]))[: PAGE_ROWS + 1])
