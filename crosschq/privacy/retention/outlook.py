"""What the nightly task would delete next: the page's dry run."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from crosschq.privacy.retention import holds
from crosschq.privacy.retention.lifetimes import expiring
from crosschq.privacy.retention.sweep import DeletionOutlook, outlook
from crosschq.tenancy.models import Organization
from crosschq.tenancy.retention import Period, RetentionKind, period_of

# The task runs at this time of the day in UTC: see crosschq/celery.py.
NIGHT_HOUR, NIGHT_MINUTE = 2, 17


@dataclass(frozen=True)
class KindOutlook:
    """What would be deleted of one kind."""

    kind: RetentionKind
    period: Period
    found: DeletionOutlook


def next_night(now: datetime) -> datetime:
    """When the nightly task runs next."""
    tonight = now.replace(hour=NIGHT_HOUR, minute=NIGHT_MINUTE, second=0, microsecond=0)
    return tonight if tonight > now else tonight + timedelta(days=1)


def dry_run(organization: Organization, *, at: datetime) -> list[KindOutlook]:
    """What the nightly task would delete at this time, for each kind with a period. Call inside `tenant()`."""
    held = holds.in_force()
    main = {}
    for line in expiring():
        if isinstance(line.after, RetentionKind) and not line.few:
            main[line.after] = outlook(line, now=at, organization=organization, held=held)
    return [KindOutlook(kind, period_of(organization, kind), main[kind]) for kind in RetentionKind]
