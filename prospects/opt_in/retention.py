"""Consent expires after a year. A month before, we ask prospects to renew it; if they don't, we delete their data."""

from datetime import datetime, timedelta

from crosschq.core.outbox import periodic
from crosschq.core.text.time_zones import find_time_zone
from crosschq.tenancy.scope import cross_tenant, tenant
from prospects.models import Prospect, Removal
from prospects.opt_in import removal, send
from prospects.opt_in.consent import CURRENT
from prospects.opt_in.opt_in import add_consent

ASK_BEFORE = timedelta(days=30)
ENDS_SOON = timedelta(days=60)
WORKING_HOURS = range(8, 20)  # hours of a business day in the organization's time zone


def may_renew(prospect: Prospect, now: datetime) -> bool:
    return not prospect.is_removed and prospect.ends_at - now <= ASK_BEFORE


def renew(prospect: Prospect, *, now: datetime) -> bool:
    """Renew the consent. Returns False if it is too early or too late. Call inside `tenant()`."""
    row: Prospect | None = (
        Prospect.objects.select_for_update(of=["self"], no_key=True)
        .select_related("organization")
        .filter(pk=prospect.pk)
        .first()
    )
    if row is None or not may_renew(row, now):
        return False
    add_consent(row, version=CURRENT, reference=None)
    return True


def ask_to_renew(*, now: datetime) -> int:
    """Email prospects whose consent expires within a month, during working hours. Returns how many."""
    with cross_tenant("consent ends in every organization"):
        ending = Prospect.objects.filter(removed_at=None, renewal_sent_at=None, ends_at__lte=now + ASK_BEFORE)
        found = list(ending.filter(ends_at__gt=now).order_by("ends_at", "id").select_related("organization"))
    return periodic.for_each("ask_to_renew", found, lambda prospect: _ask(prospect, now))


def _ask(prospect: Prospect, now: datetime) -> bool:
    if not is_working_hour(prospect.organization.time_zone, now):
        return False
    with tenant(prospect.organization):
        due = Prospect.objects.filter(pk=prospect.pk, removed_at=None, renewal_sent_at=None)
        if not due.update(renewal_sent_at=now):
            return False
        send.ask_to_renew(prospect)
    return True


def end_consents(*, now: datetime) -> int:
    """Remove prospects whose consent has expired, except under a legal hold. Returns how many."""
    with cross_tenant("consent ends in every organization"):
        over = Prospect.objects.filter(removed_at=None, ends_at__lte=now).order_by("ends_at", "id")
        found = list(over.select_related("organization"))
    known: dict[int, removal.Protection] = {}
    return periodic.for_each("end_consents", found, lambda prospect: _end(prospect, now, known))


def is_working_hour(time_zone: str, now: datetime) -> bool:
    local = now.astimezone(find_time_zone(time_zone))
    return local.weekday() < 5 and local.hour in WORKING_HOURS


def _end(prospect: Prospect, now: datetime, known: dict[int, removal.Protection]) -> bool:
    """Remove one prospect. `known`: the legal holds of each organization, looked up for its first prospect."""
    with tenant(prospect.organization):
        protection = known.get(prospect.organization_id) or removal.protection()
        known[prospect.organization_id] = protection
        if prospect.uid in protection.prospects:
            return False
        # They may have just renewed. If another legal hold was placed, the next run decides.
        over = Prospect.objects.select_for_update(no_key=True).filter(pk=prospect.pk, ends_at__lte=now)
        return over.exclude(protection.has_changed).exists() and removal.remove(prospect, why=Removal.ENDED)
