"""What deciding an event needs from the database first: its connection, and the other events of its application.

Events that were claimed together read this together, so each costs a fraction of the queries. It is read before the
ATS, as it must be, and at most a few seconds before: workers claim several events only while they are quick.
"""

from collections import defaultdict
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db.models import Q, QuerySet

from connectors.models import Connection
from crosschq.core.outbox.work_item import WorkState
from crosschq.tenancy.scope import cross_tenant, tenant
from webhooks.decision import duplicates, stale_reads
from webhooks.inbox.receive import STEP_SCAN_EVENT
from webhooks.models import InboundEvent

MAX_MOVES = 100  # of one application to compare: no one makes more moves within minutes
MAX_TOGETHER = 2000  # other events of a batch; if there are more, each event reads its own
WAITING = duplicates.AUTOMATIC & Q(state=WorkState.PENDING, attempts=0)


@dataclass(frozen=True)
class EarlierReads:
    """`superseded`: events that the evaluation decides too. `moves`: the latest events about moves of the application.

    There are no moves if a member asked for the event: then reads are believed.
    """

    connection: Connection
    superseded: list[int]
    moves: list[stale_reads.MoveEvent]


class _Other(NamedTuple):
    pk: int
    connection_id: int
    candidate_id: str
    job_id: str
    event_name: str
    happened_at: datetime
    created_at: datetime
    is_waiting: bool


def of(event: InboundEvent) -> EarlierReads:
    """Return what was read with the batch, or read it now."""
    together: EarlierReads | None = event.__dict__.pop("earlier_reads", None)
    return together or _read(event)


def read_together(events: Sequence[InboundEvent]) -> None:
    """Read it for all of these events, and keep it with them. Those that a member asked for read their own."""
    automatic = [event for event in events if is_automatic(event)]
    with cross_tenant("a batch has events of several organizations"):
        connections = _connections().in_bulk({event.connection_id for event in automatic})
        others = _others([event for event in automatic if event.candidate_id])
    if others is not None:
        _keep(automatic, connections, others)


def _keep(
    events: Sequence[InboundEvent],
    connections: dict[int, Connection],
    others: dict[tuple[int, str, str], list[_Other]],
) -> None:
    for event in events:
        if event.connection_id in connections:
            same = others[event.connection_id, event.candidate_id, event.job_id]
            superseded = [other.pk for other in same if other.is_waiting]
            # A copy, because each thread may change its own.
            connection = copy(connections[event.connection_id])
            event.__dict__["earlier_reads"] = EarlierReads(connection, superseded, _moves(event, same))


def is_automatic(event: InboundEvent) -> bool:
    """Return whether no one is waiting for the result, because no member asked for it."""
    return not (event.confirmed_at or event.asked_by)


def _connections() -> "QuerySet[Connection]":
    return Connection.objects.select_related("organization", "setup_check")


def _others(events: Sequence[InboundEvent]) -> dict[tuple[int, str, str], list[_Other]] | None:
    """Return the events of the same applications that are waiting or recent, newest first. None if there are many."""
    found: dict[tuple[int, str, str], list[_Other]] = defaultdict(list)
    if not events:
        return found
    since = min(event.happened_at for event in events) - stale_reads.LATE_DELIVERY
    rows = InboundEvent.objects.filter(
        WAITING | Q(happened_at__gte=since),
        connection_id__in={event.connection_id for event in events},
        candidate_id__in={event.candidate_id for event in events},
    ).annotate(is_waiting=WAITING)
    read = [_Other(*row) for row in rows.order_by("-happened_at").values_list(*_Other._fields)[:MAX_TOGETHER]]
    for other in read:
        found[other.connection_id, other.candidate_id, other.job_id].append(other)
    return found if len(read) < MAX_TOGETHER else None


def _moves(event: InboundEvent, others: Sequence[_Other]) -> list[stale_reads.MoveEvent]:
    if event.event_name == STEP_SCAN_EVENT:
        return []
    moves = [other for other in others if other.event_name != STEP_SCAN_EVENT][:MAX_MOVES]
    return [stale_reads.MoveEvent(other.happened_at, other.created_at) for other in moves]


def _read(event: InboundEvent) -> EarlierReads:
    with tenant(event.organization):
        connection = _connections().get(pk=event.connection_id)
        superseded = list(duplicates.of_same_move(event).values_list("pk", flat=True))
        if event.event_name == STEP_SCAN_EVENT or not is_automatic(event):
            return EarlierReads(connection, superseded, [])
        rows = InboundEvent.objects.filter(
            connection_id=event.connection_id, candidate_id=event.candidate_id, job_id=event.job_id
        ).exclude(event_name=STEP_SCAN_EVENT)
        latest = rows.order_by("-happened_at").values_list("happened_at", "created_at")[:MAX_MOVES]
        return EarlierReads(connection, superseded, [stale_reads.MoveEvent(*row) for row in latest])
