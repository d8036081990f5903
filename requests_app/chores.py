"""What time alone brings about. Every function takes `now`, so that it can be asked about any day."""

from contextlib import suppress
from datetime import datetime, timedelta

from crosschq.organizations.tenancy import cross_tenant, tenant

from .complete import close_after_last_day
from .lifecycle import NotNow
from .models import OPEN_STATES, ReferenceRequest, ReportCode

CODES_KEPT = timedelta(days=1)


def close_overdue(*, now: datetime) -> int:
    """End every request that is open past its last day, each in a transaction of its own. Returns how many."""
    with cross_tenant("the calendar ends requests of every organization"):
        due = ReferenceRequest.objects.filter(state__in=OPEN_STATES, closes_at__lte=now)
        found = list(due.order_by("closes_at", "id").select_related("organization"))
    for request in found:
        # One that was erased meanwhile needs no end.
        with suppress(NotNow), tenant(request.organization):
            close_after_last_day(request)
    return len(found)


def forget_codes(*, now: datetime) -> int:
    """Remove one-time codes a day after they were made. Returns how many."""
    with cross_tenant("retention of codes is a rule for everybody"):
        removed, _ = ReportCode.objects.filter(created_at__lt=now - CODES_KEPT).delete()
    return int(removed)
