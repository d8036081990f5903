"""Store events: any number of them in one statement, each event id once per connection."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Any

from django.db import connection, transaction
from psycopg2 import Binary

from connectors.models import Subscription, SubscriptionState
from crosschq.core import clock
from crosschq.core.outbox.fault_points import fault
from webhooks.models import InboundEvent


class Stored(Enum):
    NEW = "new"
    KNOWN = "known"
    """Its event id had been stored before."""
    NOT_SUBSCRIBED = "not subscribed"
    """Its subscription has been removed. Nothing was stored."""


@dataclass(frozen=True)
class NewEvent:
    """An event to store. `subscription_id`: the subscription that must still exist, if the ATS delivered it."""

    organization_id: int
    connection_id: int
    event_id: str
    event_name: str
    event_version: str
    body: bytes
    happened_at: datetime
    candidate_id: str
    job_id: str
    trace_id: str
    subscription_id: int | None = None


# Column, type, and value of what differs between events. All other columns have the values of a new InboundEvent.
_OWN = (
    ("organization_id", "bigint", lambda event: event.organization_id),
    ("connection_id", "bigint", lambda event: event.connection_id),
    ("event_id", "text", lambda event: event.event_id),
    ("event_name", "text", lambda event: event.event_name),
    ("event_version", "text", lambda event: event.event_version),
    ("body", "bytea", lambda event: Binary(event.body)),
    ("happened_at", "timestamptz", lambda event: event.happened_at),
    ("candidate_id", "text", lambda event: event.candidate_id),
    ("job_id", "text", lambda event: event.job_id),
    ("trace_id", "text", lambda event: event.trace_id),
    ("subscription_id", "bigint", lambda event: event.subscription_id),
)


def insert(events: Sequence[NewEvent]) -> list[Stored]:
    """Store the events, and return what became of each. Call inside a scope that includes all their organizations.

    They are stored in the order of their ids, so that two processes with the same events never wait for each other.
    """
    statement, shared = _statement()
    now = clock.now()
    columns = [[value(event) for event in events] for _column, _type, value in _OWN]
    with connection.cursor() as cursor:
        cursor.execute(statement, [*shared, now, now, *columns, SubscriptionState.REMOVED])
        new = set(cursor.fetchall())
        outcomes = _outcomes(events, new)
        missing = [event for event, outcome in zip(events, outcomes, strict=True) if outcome is None]
        known = _known(cursor, missing) if missing else set()
    fault("hook_before_commit")
    transaction.on_commit(lambda: fault("hook_after_commit"))
    return [
        outcome or (Stored.KNOWN if _key(event) in known else Stored.NOT_SUBSCRIBED)
        for event, outcome in zip(events, outcomes, strict=True)
    ]


def _outcomes(events: Sequence[NewEvent], new: set[tuple[int, str]]) -> list[Stored | None]:
    """What the statement itself tells: an event that is twice among them is new once."""
    outcomes: list[Stored | None] = []
    seen: set[tuple[int, str]] = set()
    for event in events:
        key = _key(event)
        outcomes.append((Stored.KNOWN if key in seen else Stored.NEW) if key in new else None)
        seen.add(key)
    return outcomes


def _key(event: NewEvent) -> tuple[int, str]:
    return event.connection_id, event.event_id


def _known(cursor: Any, events: Sequence[NewEvent]) -> set[tuple[int, str]]:
    cursor.execute(
        f"SELECT connection_id, event_id FROM {InboundEvent._meta.db_table}"  # noqa: S608 - our own table name
        " WHERE (connection_id, event_id) IN (SELECT * FROM unnest(%s::bigint[], %s::text[]))",
        [[event.connection_id for event in events], [event.event_id for event in events]],
    )
    return set(cursor.fetchall())


@cache
def _statement() -> tuple[str, list[Any]]:
    """Return the statement, and the values of the columns that all new events share."""
    own = [column for column, _type, _value in _OWN if column != "subscription_id"]
    blank, shared, values = InboundEvent(), [], []
    for field in InboundEvent._meta.concrete_fields:
        if field.primary_key or field.generated or field.column in (*own, "uid", "available_at", "created_at"):
            continue
        shared.append(field.column)
        values.append(field.get_db_prep_save(field.pre_save(blank, add=True), connection))
    # Only names of our own models.
    statement = f"""
        INSERT INTO {InboundEvent._meta.db_table}
            ({", ".join(f'"{column}"' for column in (*shared, "available_at", "created_at", "uid", *own))})
        SELECT {", ".join(["%s"] * (len(shared) + 2))}, gen_random_uuid(), {", ".join(own)}
        FROM unnest({", ".join(f"%s::{kind}[]" for _column, kind, _value in _OWN)})
            AS new ({", ".join(column for column, _kind, _value in _OWN)})
        WHERE subscription_id IS NULL OR EXISTS (
            SELECT FROM {Subscription._meta.db_table} AS s WHERE s.id = subscription_id AND s.state <> %s)
        ORDER BY connection_id, event_id
        ON CONFLICT (connection_id, event_id) DO NOTHING
        RETURNING connection_id, event_id
    """  # noqa: S608
    return statement, values
