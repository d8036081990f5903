"""Store events: any number of them in one statement, each event id once per connection."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import Enum

from django.db import transaction

from connectors.models import Subscription, SubscriptionState
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


def insert(events: Sequence[NewEvent]) -> list[Stored]:
    """Store the events, and return what became of each. Call inside a scope that includes all their organizations.

    They are stored in the order of their ids, so that two processes with the same events never wait for each other.
    """
    subscribed, known = _subscribed(events), _known(events)
    outcomes, rows = [], {}
    for event in events:
        key = event.connection_id, event.event_id
        if event.subscription_id not in subscribed:
            outcomes.append(Stored.NOT_SUBSCRIBED)
        elif key in known or key in rows:
            outcomes.append(Stored.KNOWN)
        else:
            outcomes.append(Stored.NEW)
            rows[key] = _row(event)
    # Another process may have stored one of them since, and then it stays as it is.
    InboundEvent.objects.bulk_create([rows[key] for key in sorted(rows)], ignore_conflicts=True)
    fault("hook_before_commit")
    transaction.on_commit(lambda: fault("hook_after_commit"))
    return outcomes


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


def _row(event: NewEvent) -> InboundEvent:
    values = asdict(event)
    del values["subscription_id"]
    return InboundEvent(**values)
