"""The reports that are shared now, and who shared them last. Call inside `tenant()`."""

from uuid import UUID

from django.db.models import QuerySet

from crosschq.core import clock
from crosschq.core.database import keyset
from crosschq.core.database.counting import MOST_COUNTED, count_up_to
from crosschq.core.database.keys import among_keys
from crosschq.tenancy.actor import Actor
from crosschq.tenancy.models import User
from requests_app.models import Reader
from requests_app.report.sharing.share import stop

PAGE_ROWS = 50
LATEST = ("-shared_at", "-id")


def live_shares(by: User | None = None) -> "QuerySet[Reader]":
    """Everyone who can open a report until a day because someone shared it, or because this member shared it last."""
    rows: QuerySet[Reader] = Reader.objects.filter(shared_at__isnull=False, expires_at__gt=clock.now())
    return rows if by is None else rows.filter(shared_by=by)


def page(by: User | None = None, *, after: UUID | None = None, before: UUID | None = None) -> keyset.Page:
    """One page of them, the latest first. Two or three queries."""
    rows = live_shares(by)
    # Most shares have ended. In the order of the list, a few that haven't would be found among all of those.
    few = list(rows.order_by("expires_at").values_list("pk", flat=True)[: MOST_COUNTED + 1])
    rows = rows.filter(among_keys(few)) if len(few) <= MOST_COUNTED else rows
    rows = rows.select_related("reference_request", "shared_by")
    return keyset.page(rows, LATEST, PAGE_ROWS, after=after, before=before)


def count_shares(by: User) -> int:
    """How many reports this member shared last that people can still open, up to MOST_COUNTED + 1."""
    return count_up_to(live_shares(by))


def stop_shares(by: User, actor: Actor) -> int:
    """Stop every share that this member made last. Returns how many."""
    shares = live_shares(by).select_related("reference_request")
    ended = [stop(each.reference_request, each.uid, actor=actor) for each in shares]
    return sum(reader is not None for reader in ended)
