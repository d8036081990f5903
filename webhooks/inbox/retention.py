"""Deletes events, replays and counts of rejected messages after 90 days."""

from datetime import datetime

from crosschq.core.outbox import periodic
from crosschq.core.outbox.work_item import WorkState
from crosschq.tenancy.scope import cross_tenant
from webhooks.models import RETENTION, InboundEvent, RefusedDeliveries, Replay

BATCH = 1000


def delete_expired(*, now: datetime) -> int:
    """Delete expired rows in batches, and return how many events. Events in progress are left for the next run."""
    removed = 0

    def delete_events() -> None:
        nonlocal removed
        removed = _delete_events(now)

    def delete_counts() -> None:
        with cross_tenant("retention applies to every organization"):
            RefusedDeliveries.objects.filter(hour__lt=now - RETENTION).delete()
            Replay.objects.filter(created_at__lt=now - RETENTION).delete()

    periodic.run_all("forget_events", delete_events, delete_counts)
    return removed


def _delete_events(now: datetime) -> int:
    removed, more = 0, True
    while more:
        with cross_tenant("retention applies to every organization"):
            old = InboundEvent.objects.filter(created_at__lt=now - RETENTION).exclude(state=WorkState.WORKING)
            chosen = list(old.values_list("pk", flat=True)[:BATCH])
            _rows, by_label = InboundEvent.objects.filter(pk__in=chosen).delete()
        removed += by_label.get(InboundEvent._meta.label, 0)
        more = len(chosen) == BATCH
    return removed
