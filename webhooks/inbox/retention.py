"""Events are kept for 90 days, and so are the counts of what was turned away."""

from datetime import datetime

from crosschq.core.outbox import periodic
from crosschq.core.outbox.work_item import WorkState
from crosschq.tenancy.scope import cross_tenant
from webhooks.models import KEPT, InboundEvent, RefusedDeliveries, Replay

AT_ONCE = 1000


def forget(*, now: datetime) -> int:
    """Remove what is older, some at a time. Returns how many events. One that is worked on stays till next time."""
    removed = 0

    def forget_events() -> None:
        nonlocal removed
        removed = _forget_events(now)

    def forget_counts() -> None:
        with cross_tenant("retention of counts is a rule for everybody"):
            RefusedDeliveries.objects.filter(hour__lt=now - KEPT).delete()
            Replay.objects.filter(created_at__lt=now - KEPT).delete()

    periodic.run_all("forget_events", forget_events, forget_counts)
    return removed


def _forget_events(now: datetime) -> int:
    removed, more = 0, True
    while more:
        with cross_tenant("retention of events is a rule for everybody"):
            old = InboundEvent.objects.filter(created_at__lt=now - KEPT).exclude(state=WorkState.WORKING)
            chosen = list(old.values_list("pk", flat=True)[:AT_ONCE])
            _rows, by_label = InboundEvent.objects.filter(pk__in=chosen).delete()
        removed += by_label.get(InboundEvent._meta.label, 0)
        more = len(chosen) == AT_ONCE
    return removed
