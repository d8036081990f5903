"""Queries of the event log: filtered events, newest first, paged by key.

A page starts at an event, not at an offset, so old pages cost no more and new events don't shift them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db.models import DateTimeField, QuerySet, Subquery

from connectors.models import Connection
from crosschq.core.database.keyset import behind
from crosschq.core.text.characters import search_words
from webhooks.decision.outcomes import OTHER
from webhooks.log.display_names import jobs_containing, named, names_containing, with_names
from webhooks.models import InboundEvent

EVERYTHING = "all"
PAGE_ROWS = 50
MOST_SEARCHED = 2000
CURSOR = re.compile(r"(\d{1,17})-(\d{1,18})", re.ASCII)
NEWEST, OLDEST = ("-created_at", "-id"), ("created_at", "id")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class EventFilters:
    """`family`: one of outcomes.Family, "all" for everything, or empty for events about our step."""

    family: str = ""
    text: str = ""
    since: datetime | None = None
    until: datetime | None = None
    template: UUID | None = None


@dataclass(frozen=True)
class EventPage:
    """One page of events. `newer` and `older` are cursors of the neighboring pages, empty if there is none."""

    events: Sequence[InboundEvent]
    newer: str
    older: str


def find(connection: Connection, filters: EventFilters) -> "QuerySet[InboundEvent]":
    """Return the matching events. Only the newest are searched for a text. Call inside `tenant()`."""
    rows = InboundEvent.objects.filter(connection=connection).defer("body", "checks", "attempt_log")
    if filters.family and filters.family != EVERYTHING:
        rows = rows.filter(family=filters.family)
    elif not filters.family:
        # The condition of the index webhooks_event_log.
        rows = rows.exclude(family=OTHER)
    if filters.since:
        rows = rows.filter(created_at__gte=filters.since)
    if filters.until:
        rows = rows.filter(created_at__lt=filters.until)
    if filters.template:
        rows = rows.filter(for_template=filters.template)
    words = search_words(filters.text)
    if words:
        newest = rows.order_by(*NEWEST)[:MOST_SEARCHED]
        rows = rows.filter(created_at__gte=_search_start(rows))
        for word in words:
            rows = rows.filter(names_containing(connection, word, newest) | jobs_containing(connection, word))
    return rows


def _search_start(rows: "QuerySet[InboundEvent]") -> "_Oldest":
    """When the oldest event that a search reads was created.

    No index serves a search for part of a name under row-level security, so a search reads a fixed number of events.
    """
    return _Oldest(rows.order_by(*NEWEST).values("created_at")[:MOST_SEARCHED])


class _Oldest(Subquery):
    """The earliest of these times. PostgreSQL considers COALESCE leaky, and would evaluate it after the policy."""

    template = "(SELECT min(created_at) FROM (%(subquery)s) _rows)"
    output_field = DateTimeField()


def page(rows: "QuerySet[InboundEvent]", *, before: str = "", after: str = "") -> EventPage:
    """Return the newest events, or those before or after a cursor. An invalid cursor is ignored."""
    rows = with_names(rows)
    older_than, newer_than = position(before), position(after)
    if older_than is None and newer_than is not None:
        found = named(rows.filter(behind(OLDEST, newer_than)).order_by(*OLDEST)[: PAGE_ROWS + 1])
        shown = found[:PAGE_ROWS][::-1]
        return EventPage(
            shown, cursor_of(shown[0]) if len(found) > PAGE_ROWS else "", cursor_of(shown[-1]) if shown else ""
        )
    if older_than is not None:
        rows = rows.filter(behind(NEWEST, older_than))
    found = named(rows.order_by(*NEWEST)[: PAGE_ROWS + 1])
    shown = found[:PAGE_ROWS]
    newer = cursor_of(shown[0]) if shown and older_than is not None else ""
    return EventPage(shown, newer, cursor_of(shown[-1]) if len(found) > PAGE_ROWS else "")


def cursor_of(event: InboundEvent) -> str:
    """Where a page that follows this event starts."""
    return f"{(event.created_at - EPOCH) // timedelta(microseconds=1)}-{event.pk}"


def position(cursor: str) -> tuple[datetime, int] | None:
    """When the event of a cursor was created, and its key. None for anything else."""
    found = CURSOR.fullmatch(cursor)
    if found is None:
        return None
    return EPOCH + timedelta(microseconds=int(found[1])), int(found[2])
