"""The reports that are shared now, and who shared them, as the audit log says. Call inside `tenant()`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from crosschq.core import clock
from crosschq.tenancy.actor import Actor
from crosschq.tenancy.models import AuditEntry, User
from requests_app.models import Reader
from requests_app.report.sharing.share import MOST_DAYS, stop

MOST_READ = 1000


@dataclass(frozen=True)
class LiveShare:
    """Someone who can open a report until a day, and who shared it last: a member, a former one, or no account."""

    reader: Reader
    by: User | None


def live_shares(by: User | None = None) -> Sequence[LiveShare]:
    """The reports that are shared now, or those that this member shared last, the latest first; MOST_READ at most."""
    # An older share has ended.
    since = clock.now() - timedelta(days=MOST_DAYS + 1)
    entries = AuditEntry.objects.filter(action="report.share", at__gt=since).select_related("actor")
    if by is not None:
        entries = entries.filter(actor=by)
    latest: dict[str, AuditEntry] = {}
    for entry in entries.order_by("-at", "-pk")[:MOST_READ]:
        latest.setdefault(entry.after["invited"], entry)
    rows = Reader.objects.filter(uid__in=latest, shared_at__isnull=False, expires_at__gt=clock.now())
    found = {str(reader.uid): reader for reader in rows.select_related("reference_request")}
    # A share is recorded right after it is stored. If another member shared again later, it's theirs.
    return [LiveShare(found[uid], entry.actor) for uid, entry in latest.items() if _is_last(found.get(uid), entry)]


def _is_last(reader: Reader | None, entry: AuditEntry) -> bool:
    return reader is not None and reader.shared_at is not None and entry.at >= reader.shared_at


def stop_shares(by: User, actor: Actor) -> int:
    """Stop every share that this member made last. Returns how many."""
    ended = [stop(each.reader.reference_request, each.reader.uid, actor=actor) for each in live_shares(by)]
    return sum(reader is not None for reader in ended)
