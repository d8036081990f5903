"""Accept a delivery: verify it, store it once, respond.

The ATS counts a delivery as received only if we respond with 202 within 5 seconds. So we store it and respond with 202
even if the event is useless; 4xx is for requests that didn't come from the ATS.
"""

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db.models import F

from connectors import ats, registry
from connectors.models import Connection
from crosschq.core import clock
from crosschq.core.database import timeouts
from crosschq.core.outbox import work_item
from crosschq.tenancy.scope import cross_tenant, tenant
from webhooks.inbox import storage
from webhooks.inbox.endpoints import Endpoint
from webhooks.models import InboundEvent, RefusedDeliveries

HANDSHAKE_VALUE = re.compile(r"[!-~]{1,1024}")  # printable ASCII: no line breaks, so no header injection
MAX_CLOCK_SKEW = timedelta(hours=24)
DATABASE_SECONDS = 0.9  # the ATS waits 5 seconds for the whole response
EVENT_ID = 200  # characters of the column
STEP_SCAN_EVENT = "candidate found at step"  # our own event: created by backfill.py, not sent by the ATS


class DeliveryRejected(Exception):
    """The request isn't from the ATS. `status` is the HTTP status of the response."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


def handshake(secret: str) -> str:
    """Return the value to echo. The ATS may ask at any time, to test whether the URL works or to reactivate it.

    The caller already knows the secret path, and the response reveals and changes nothing. Raises DeliveryRejected for
    a value that can't go into a header.
    """
    if not HANDSHAKE_VALUE.fullmatch(secret):
        raise DeliveryRejected(401)
    return secret


def verified(endpoint: Endpoint, *, headers: Mapping[str, str], body: bytes, trace_id: str) -> storage.NewEvent | None:
    """Return the event of a genuine delivery, or None for a forged one."""
    vendor = registry.vendor(endpoint.connection.vendor)
    delivery = vendor.read_delivery(headers=headers, body=body, keys=endpoint.keys)
    if delivery is None or delivery.signed_at > clock.now() + MAX_CLOCK_SKEW:
        return None
    return _new_event(
        endpoint.connection,
        event_id=delivery.event_id,
        event_name=delivery.event_name,
        event_version=delivery.event_version,
        body=body,
        happened_at=delivery.signed_at,
        subscription_id=endpoint.subscription.pk,
        trace_id=trace_id,
    )


def refuse(endpoint: Endpoint) -> None:
    """Count a forged delivery. Always raises: DeliveryRejected, or the error of a key that couldn't be decrypted.

    That key may have signed it.
    """
    if endpoint.unreadable:
        raise endpoint.unreadable
    _count_refused(endpoint.connection)
    raise DeliveryRejected(401)


def store_delivery(event: storage.NewEvent) -> storage.Stored:
    """Store an event that the ATS delivered."""
    with timeouts.answers_within(DATABASE_SECONDS), cross_tenant("its subscription was found by the secret path"):
        (outcome,) = storage.insert([event])
        if outcome is storage.Stored.NEW:
            work_item.wake_workers(InboundEvent)
    return outcome


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
    """Store one row per event id, however often we learn of it. Return whether it is new. `ids`: candidate and job."""
    event = _new_event(
        connection,
        event_id=event_id,
        event_name=event_name,
        event_version=event_version,
        body=body,
        happened_at=happened_at or clock.now(),
        trace_id=work_item.current_trace_id(),
        ids=ids,
    )
    with tenant(connection.organization):
        (outcome,) = storage.insert([event])
        if outcome is storage.Stored.NEW:
            work_item.wake_workers(InboundEvent)
    return outcome is storage.Stored.NEW


def _new_event(
    connection: Connection,
    *,
    event_id: str,
    event_name: str,
    event_version: str,
    body: bytes,
    happened_at: datetime,
    trace_id: str,
    ids: tuple[str, str] | None = None,
    subscription_id: int | None = None,
) -> storage.NewEvent:
    candidate_id, job_id = ids or _ids(connection, event_name, body)
    return storage.NewEvent(
        organization_id=connection.organization_id,
        connection_id=connection.pk,
        event_id=_fitted_id(event_id),
        event_name=event_name[:100],
        event_version=event_version[:40],
        body=body,
        happened_at=happened_at,
        candidate_id=candidate_id,
        job_id=job_id,
        trace_id=trace_id,
        subscription_id=subscription_id,
    )


def _fitted_id(event_id: str) -> str:
    """Return the id as it is stored. A longer one ends in a hash, since two may differ only in what is cut off."""
    if len(event_id) <= EVENT_ID:
        return event_id
    digest = hashlib.sha256(event_id.encode()).hexdigest()
    return f"{event_id[: EVENT_ID - len(digest)]}{digest}"


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
