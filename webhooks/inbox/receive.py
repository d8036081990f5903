"""Taking in a delivery: verify, store once, answer.

Only 202 within 5 seconds counts as received at SmartRecruiters. So what is genuine but useless is stored and answered
202; 4xx is for what SmartRecruiters did not send.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F, TextField
from django.db.models.functions import Cast

from connectors import ats, registry
from connectors.models import Connection, SigningKey, Subscription, SubscriptionState
from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.core.outbox.fault_points import fault
from crosschq.core.security.encryption import Undecipherable, decrypt
from crosschq.core.security.secret_links import hash_token
from crosschq.tenancy.scope import cross_tenant, tenant
from webhooks.models import InboundEvent, RefusedDeliveries

HANDSHAKE_VALUE = re.compile(r"[!-~]{1,1024}")  # visible ASCII: no line ends, so no header of the sender's
KEY_PLACE = SigningKey._meta.get_field("key").place
FUTURE = timedelta(hours=24)
STEP_SCAN_EVENT = "found at the step"  # not an event of a vendor's: what recover.py makes of somebody who stands there


class Refused(Exception):
    """Not from the ATS. `status` is the HTTP status of the answer."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


@dataclass(frozen=True)
class Endpoint:
    """The subscription that a callback URL belongs to, with the keys that sign for it.

    `unreadable` is why a further key is not among them.
    """

    connection: Connection
    subscription: Subscription
    keys: tuple[str, ...]
    unreadable: Undecipherable | None = None


def find_endpoint(*, vendor: str, path_token: str) -> Endpoint | None:
    with cross_tenant("a delivery names its organization only by its secret path"):
        subscription = (
            Subscription.objects.select_related("connection__organization")
            # Tokens are not needed here, and one that cannot be read is no reason to refuse.
            .defer("connection__access_token", "connection__refresh_token")
            .filter(path_hash=hash_token(path_token), connection__vendor=vendor)
            .exclude(state=SubscriptionState.REMOVED)
            .first()
        )
        return _endpoint(subscription) if subscription else None


def _endpoint(subscription: Subscription) -> Endpoint:
    live = SigningKey.objects.filter(subscription=subscription).exclude(valid_until__lt=clock.now())
    # As stored: a key that cannot be read must not hide those that can.
    stored = live.annotate(stored=Cast("key", TextField())).values_list("stored", flat=True)
    keys, unreadable = [], None
    for each in stored:
        try:
            keys.append(decrypt(each, place=KEY_PLACE))
        except Undecipherable as error:
            unreadable = error
    return Endpoint(subscription.connection, subscription, tuple(keys), unreadable)


def handshake(secret: str) -> str:
    """The value to echo, at any time: SmartRecruiters tests whether an address can be reached, and activates anew.

    Whoever asks knows the secret path already, and learns and changes nothing. Raises Refused for a value unfit for a
    header.
    """
    if not HANDSHAKE_VALUE.fullmatch(secret):
        raise Refused(401)
    return secret


def accept_delivery(endpoint: Endpoint, *, headers: Mapping[str, str], body: bytes) -> bool:
    """Store a genuine delivery. True if it is new, False if its event id was seen.

    Raises Refused for a forged one, Undecipherable where it may be signed with a key that cannot be read.
    """
    vendor = registry.vendor(endpoint.connection.vendor)
    delivery = vendor.read_delivery(headers=headers, body=body, keys=endpoint.keys)
    if delivery is None and endpoint.unreadable:
        raise endpoint.unreadable
    if delivery is None or delivery.signed_at > clock.now() + FUTURE:
        _count_refused(endpoint.connection)
        raise Refused(401)
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
    """One row for each event id of a connection, however often it is delivered. `ids`: candidate and job, if known."""
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
    """Candidate and job of a move, by which repeated moves are found; empty for whatever cannot be read."""
    try:
        told = registry.vendor(connection.vendor).parse_event(event_name, body)
    except ats.Malformed:
        return "", ""
    return told.candidate_id, told.job_id


def _count_refused(connection: Connection) -> None:
    hour = clock.now().replace(minute=0, second=0, microsecond=0)
    with tenant(connection.organization):
        _row, created = RefusedDeliveries.objects.get_or_create(
            connection=connection, hour=hour, defaults={"organization": connection.organization}
        )
        if not created:
            RefusedDeliveries.objects.filter(connection=connection, hour=hour).update(count=F("count") + 1)
