"""Limit how many requests a burst of moves can send: after the first ones, a member must confirm the rest."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet

from connectors.models import Connection
from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.core.text.lengths import PERSON_NAME, fitted
from crosschq.tenancy import audit
from crosschq.tenancy.models import User
from webhooks.decision.outcomes import OUTCOMES, Family
from webhooks.decision.readiness import may_send
from webhooks.models import InboundEvent

WINDOW = timedelta(minutes=10)
LONGEST_WAIT = timedelta(days=4)
HELD = "hold.too_many"
SENT_AUTOMATICALLY = ("sent.matched", "sent.default")


class BurstLimitReached(work_item.Hold):
    """In the last ten minutes, the connection has started as many requests as it may start automatically."""

    def __init__(self, connection: Connection, ahead: dict[str, Any]) -> None:
        self.values = {"limit": str(settings.BURST_LIMIT), **ahead}
        sentence = OUTCOMES[HELD].say(self.values)
        super().__init__(sentence, held_for=_held_for(connection), code="too_many")


def enforce(connection: Connection, *, ahead: dict[str, Any] | None = None) -> None:
    """Raise BurstLimitReached if no more requests may start automatically now.

    Call inside `tenant()`, in the transaction that starts the request. `ahead`: what would be sent, for the page that
    lists the held moves. Held moves count too, so a burst that continues doesn't get through bit by bit.
    """
    # Lock, so that two workers can't both start the last one. Rows that refer to the connection can still be stored.
    Connection.objects.select_for_update(no_key=True).get(pk=connection.pk)
    since = clock.now() - WINDOW
    sent = Q(outcome__in=SENT_AUTOMATICALLY, outcome_at__gte=since, confirmed_at=None)
    waiting = Q(outcome=HELD, state=WorkState.HELD, outcome_at__gte=since)
    # The index has families and when events arrived. After two days, an event needs a member's confirmation.
    recent = InboundEvent.objects.filter(
        connection=connection, family__in=(Family.SENT, Family.ON_HOLD), created_at__gte=since - LONGEST_WAIT
    )
    if recent.filter(sent | waiting).count() >= settings.BURST_LIMIT:
        raise BurstLimitReached(connection, ahead or {})


def waiting(connection: Connection) -> "QuerySet[InboundEvent]":
    """Return the held moves, oldest first. Call inside `tenant()`."""
    return _held(connection).defer("body").order_by("created_at", "pk")


def _held(connection: Connection) -> "QuerySet[InboundEvent]":
    # The first three are what the index of held rows has.
    return InboundEvent.objects.filter(
        connection=connection, state=WorkState.HELD, held_for=_held_for(connection), outcome=HELD
    )


def _held_for(connection: Connection) -> str:
    return f"burst:{connection.uid}"


def confirm(connection: Connection, *, actor: User, chosen: Collection[UUID]) -> int:
    """Release the chosen moves that are still held, and return how many. Call inside `tenant()`.

    Releases none while nothing can be sent, because each would end without a request and leave the list.
    """
    if not may_send(connection):
        return 0
    now = clock.now()
    count: int = (
        _held(connection)
        .filter(uid__in=chosen)
        .update(
            state=WorkState.PENDING,
            held_for="",
            attempts=0,
            available_at=now,
            confirmed_at=now,
            asked_by=fitted(str(actor), PERSON_NAME),
        )
    )
    if count:
        audit.record(
            organization=connection.organization,
            actor=actor,
            action="events.confirmed",
            after={"count": count},
        )
        work_item.wake_workers(InboundEvent)
    return count
