"""Accept a delivery: verify it, store it once, respond.

The ATS counts a delivery as received only if we respond with 202 within 5 seconds. So we store it and respond with 202
even if the event is useless; 4xx is for requests that didn't come from the ATS.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F

from connectors import ats, registry
from connectors.models import Connection, SigningKey, Subscription, SubscriptionState
from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.core.outbox.fault_points import fault
from crosschq.core.security.encryption import Undecipherable
from crosschq.core.security.secret_links import hash_token
from crosschq.tenancy.scope import cross_tenant, tenant
from webhooks.models import InboundEvent, RefusedDeliveries

HANDSHAKE_VALUE = re.compile(r"[!-~]{1,1024}")  # printable ASCII: no line breaks, so no header injection
MAX_CLOCK_SKEW = timedelta(hours=24)
STEP_SCAN_EVENT = "candidate found at step"  # our own event: created by backfill.py, not sent by the ATS


class DeliveryRejected(Exception):
    """The request isn't from the ATS. `status` is the HTTP status of the response."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


@dataclass(frozen=True)
class Endpoint:
    """The subscription of a callback URL, with its signing keys.

    `unreadable`: the error of another key that couldn't be decrypted.
    """

    connection: Connection
    subscription: Subscription
    keys: tuple[str, ...]
    unreadable: Undecipherable | None = None


def find_endpoint(*, vendor: str, path_token: str) -> Endpoint | None:
    with cross_tenant("only its secret path identifies the organization of a delivery"):
        subscription = (
            Subscription.objects.select_related("connection__organization")
            .filter(path_hash=hash_token(path_token), connection__vendor=vendor)
            .exclude(state=SubscriptionState.REMOVED)
            .first()
        )
        return _endpoint(subscription) if subscription else None


def _endpoint(subscription: Subscription) -> Endpoint:
    live = SigningKey.objects.filter(subscription=subscription).exclude(valid_until__lt=clock.now())
    keys, unreadable = [], None
    for each in live:
        try:
            keys.append(each.key)  # decrypts it, and one broken key doesn't hide the others
        except Undecipherable as error:
            unreadable = error
    return Endpoint(subscription.connection, subscription, tuple(keys), unreadable)


def handshake(secret: str) -> str:
    """Return the value to echo. The ATS may ask at any time, to test whether the URL works or to reactivate it.

    The caller already knows the secret path, and the response reveals and changes nothing. Raises DeliveryRejected for
    a value that can't go into a header.
    """
    if not HANDSHAKE_VALUE.fullmatch(secret):
        raise DeliveryRejected(401)
    return secret


def accept_delivery(endpoint: Endpoint, *, headers: Mapping[str, str], body: bytes) -> bool:
    """Store a genuine delivery. Return True if it is new, False if its event id is known.

    Raises DeliveryRejected for a forged one, and Undecipherable if its key may be one that can't be decrypted.
    """
    vendor = registry.vendor(endpoint.connection.vendor)
    delivery = vendor.read_delivery(headers=headers, body=body, keys=endpoint.keys)
    if delivery is None and endpoint.unreadable:
        raise endpoint.unreadable
    if delivery is None or delivery.signed_at > clock.now() + MAX_CLOCK_SKEW:
        _count_refused(endpoint.connection)
        raise DeliveryRejected(401)
    return store(
        connection=endpoint.connection,
        event_id=delivery.event_id,
        event_name=delivery.event_name,
        event_version=delivery.event_version,
        body=body,
        happened_at=delivery.signed_at,
    )


def store(
    *,
    connection: Connection,
    event_id: str,
    event_name: str,
    event_version: str = "",
    body: bytes = b"",
    happened_at: datetime | None = None,
    ids: tuple[str, str] | None = None,
) -> bool:
    """Store one row per event id, however often it is delivered. Return whether it is new. `ids`: candidate and job."""
    candidate_id, job_id = ids or _ids(connection, event_name, body)
    with tenant(connection.organization):
        try:
            with transaction.atomic():
                InboundEvent.objects.create(
                    organization=connection.organization,
                    connection=connection,
                    event_id=event_id[:200],
                    event_name=event_name[:100],
                    event_version=event_version[:40],
                    body=body,
                    happened_at=happened_at or clock.now(),
                    candidate_id=candidate_id,
                    job_id=job_id,
                    trace_id=work_item.current_trace_id(),
                )
        except IntegrityError:
            return False
        fault("hook_before_commit")
        work_item.wake_workers(InboundEvent)
    fault("hook_after_commit")
    return True


def _ids(connection: Connection, event_name: str, body: bytes) -> tuple[str, str]:
    """Return the candidate and job of a move, which identify repeated moves; empty if it can't be parsed."""
    try:
        ats_event = registry.vendor(connection.vendor).parse_event(event_name, body)
    except ats.Malformed:
        return "", ""
    return ats_event.candidate_id, ats_event.job_id


def _count_refused(connection: Connection) -> None:
    hour = clock.now().replace(minute=0, second=0, microsecond=0)
    with tenant(connection.organization):
        _row, created = RefusedDeliveries.objects.get_or_create(
            connection=connection, hour=hour, defaults={"organization": connection.organization}
        )
        if not created:
            RefusedDeliveries.objects.filter(connection=connection, hour=hour).update(count=F("count") + 1)
