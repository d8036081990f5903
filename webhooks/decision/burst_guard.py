"""Many moves at once, by a bulk act or by mistake: the first go out, the rest wait for one person to confirm."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import ngettext

from connectors.models import Connection
from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.tenancy import audit
from crosschq.tenancy.models import User
from webhooks.decision.outcomes import OUTCOMES
from webhooks.decision.readiness import may_send
from webhooks.models import InboundEvent

WINDOW = timedelta(minutes=10)
HELD = "hold.too_many"
SENT_BY_ITSELF = ("sent.matched", "sent.default")


class TooMany(work_item.Hold):
    """The connection has started as many requests in the last ten minutes as it may by itself."""

    def __init__(self, connection: Connection, template: str) -> None:
        self.values = {"limit": str(settings.BURST_LIMIT), "template": template}
        sentence = OUTCOMES[HELD].say(self.values)
        super().__init__(sentence, held_for=f"flood:{connection.uid}", code="too_many")


def stop(connection: Connection, *, template: str = "") -> None:
    """For a request that nobody confirmed: call inside `tenant()`, in the transaction of its start.

    `template`: the name of what it would be sent with, for whoever looks through the flood. Raises TooMany. What waits
    counts too, so that a flood that goes on is not let through bit by bit.
    """
    # One at a time, so that two workers do not both start the last one.
    Connection.objects.select_for_update().get(pk=connection.pk)
    since = clock.now() - WINDOW
    sent = Q(outcome__in=SENT_BY_ITSELF, outcome_at__gte=since, confirmed_at=None)
    waiting = Q(outcome=HELD, state=WorkState.HELD, outcome_at__gte=since)
    if InboundEvent.objects.filter(sent | waiting, connection=connection).count() >= settings.BURST_LIMIT:
        raise TooMany(connection, template)


def waiting(connection: Connection) -> "QuerySet[InboundEvent]":
    """Oldest first. Call inside `tenant()`."""
    held = InboundEvent.objects.filter(connection=connection, family="hold", outcome=HELD, state=WorkState.HELD)
    return held.defer("body").order_by("created_at", "pk")


def confirm(connection: Connection, *, actor: User, chosen: Collection[UUID]) -> int:
    """Let these go, as far as they still wait. Call inside `tenant()`. Returns how many.

    None while nothing can be sent: each would end without a request, and be lost to whoever confirmed it.
    """
    if not may_send(connection):
        return 0
    held = InboundEvent.objects.filter(
        connection=connection, family="hold", outcome=HELD, state=WorkState.HELD, uid__in=chosen
    )
    now = clock.now()
    count: int = held.update(
        state=WorkState.PENDING,
        held_for="",
        attempts=0,
        available_at=now,
        confirmed_at=now,
        asked_by=str(actor)[:200],
    )
    if count:
        sentence = ngettext(
            "%(who)s confirmed %(count)d move that waited because there were so many",
            "%(who)s confirmed %(count)d moves that waited because there were so many",
            count,
        )
        audit.record(
            organization=connection.organization,
            actor=actor,
            action="events.confirmed",
            sentence=sentence % {"who": actor, "count": count},
        )
        work_item.wake_workers(InboundEvent)
    return count
