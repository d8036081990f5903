"""Store events: any number of them in one statement, each event id once per connection."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, fields
from datetime import datetime
from enum import Enum
from functools import cache
from operator import attrgetter

from django.db import connection, transaction

from connectors.models import Subscription, SubscriptionState
from crosschq.core import clock
from crosschq.core.database import rls
from crosschq.core.outbox.fault_points import fault
from crosschq.tenancy.scope import cross_tenant
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


VALUES = [field.name for field in fields(NewEvent)]
_values = attrgetter(*VALUES)

# Parameters: the time, and an array for each value of a NewEvent. Rows are stored in the order of their ids, so that
# two processes with the same events never wait for each other.
INSERT = """
INSERT INTO webhooks_inboundevent ({columns}, uid, organization_id, connection_id, event_id, event_name, event_version,
    body, happened_at, candidate_id, job_id, trace_id)
SELECT {values}, gen_random_uuid(), organization_id, connection_id, event_id, event_name, event_version, body,
    happened_at, candidate_id, job_id, trace_id
FROM (SELECT %s::timestamptz) AS clock (now), unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::text[],
    %s::bytea[], %s::timestamptz[], %s::text[], %s::text[], %s::text[], %s::bigint[]) AS event (organization_id,
    connection_id, event_id, event_name, event_version, body, happened_at, candidate_id, job_id, trace_id,
    subscription_id)
LEFT JOIN (SELECT id AS live_id FROM connectors_subscription WHERE state <> 'removed') live ON live_id = subscription_id
WHERE subscription_id IS NULL OR live_id IS NOT NULL
ORDER BY connection_id, event_id COLLATE "C"
ON CONFLICT DO NOTHING
RETURNING connection_id, event_id
"""


def insert(events: Sequence[NewEvent]) -> list[Stored]:
    """Store the events, and return what became of each.

    Call it in a scope that includes all their organizations, or without one: then it opens its own transaction.
    """
    fault("hook_before_commit")
    new = set(rls.run(_statement(), [clock.now(), *map(list, zip(*map(_values, events), strict=True))]))
    transaction.on_commit(lambda: fault("hook_after_commit"))
    if len(new) == len(events):
        return [Stored.NEW] * len(events)
    # At least one was stored before, is here twice, or belongs to a subscription that has been removed.
    with nullcontext() if rls.in_scope() else cross_tenant("deliveries of several organizations in one commit"):
        subscribed, known = _subscribed(events), _known(events)
    return _outcomes(events, new, subscribed, known)


def _outcomes(
    events: Sequence[NewEvent],
    new: set[tuple[int, str]],
    subscribed: set[int | None],
    known: set[tuple[int, str]],
) -> list[Stored]:
    """Return what became of each. ``new``: those that were stored just now."""
    outcomes = []
    for event in events:
        key = event.connection_id, event.event_id
        if key in new:
            new.remove(key)
            outcomes.append(Stored.NEW)
        elif event.subscription_id in subscribed and key in known:
            outcomes.append(Stored.KNOWN)
        else:
            outcomes.append(Stored.NOT_SUBSCRIBED)
    return outcomes


@cache
def _statement() -> str:
    """Return the statement, with the values that a new row has in all other columns."""
    own, blank = {*VALUES, "uid"}, InboundEvent()
    others = {
        field.column: field.get_db_prep_save(value, connection)
        for field in InboundEvent._meta.local_concrete_fields
        if field.attname not in own and not field.generated and (value := getattr(blank, field.attname)) is not None
    }
    times = {column: "now" for column, value in others.items() if isinstance(value, datetime)}
    with connection.cursor() as cursor:
        literals = {column: cursor.mogrify("%s", [value]).decode() for column, value in others.items()}
    literals |= times
    columns = ", ".join(f'"{column}"' for column in literals)
    return INSERT.format(columns=columns, values=", ".join(literals.values()).replace("%", "%%"))


def _subscribed(events: Sequence[NewEvent]) -> set[int | None]:
    """Return the subscriptions that still exist. None stands for an event that we found ourselves."""
    asked = {event.subscription_id for event in events if event.subscription_id is not None}
    found = Subscription.objects.filter(pk__in=asked).exclude(state=SubscriptionState.REMOVED) if asked else ()
    return {None, *(subscription.pk for subscription in found)}


def _known(events: Sequence[NewEvent]) -> set[tuple[int, str]]:
    stored = InboundEvent.objects.filter(
        connection_id__in={event.connection_id for event in events}, event_id__in={event.event_id for event in events}
    )
    return set(stored.values_list("connection_id", "event_id"))
