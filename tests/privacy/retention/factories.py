"""Rows of a given age, one function for each kind of record."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from crosschq.core import clock
from crosschq.messaging.models import Message
from crosschq.tenancy.models import AuditEntry, Organization
from crosschq.tenancy.retention import RetentionKind, period_of
from crosschq.tenancy.scope import tenant
from prospects.models import Prospect
from requests_app.models import ReferenceRequest, RequestState
from tests.factories import make_connection
from tests.prospects.factories import make_prospect
from tests.requests_app.bulk.many import make_requests
from tests.requests_app.factories import RequestScenario, ready_request
from webhooks.models import InboundEvent

_number = itertools.count(1)


def ended_request(organization: Organization, at: datetime, **fields: Any) -> RequestScenario:
    """A request with a report that was finished then."""
    scenario = ready_request(organization, **fields)
    with tenant(organization):
        ReferenceRequest.objects.filter(pk=scenario.reference_request.pk).update(finished_at=at)
    scenario.reread()
    return scenario


def old_request(organization: Organization, at: datetime) -> ReferenceRequest:
    """The row of a request that was finished then, without references, answers or messages."""
    (made,) = make_requests(organization, 1, state=RequestState.READY)
    with tenant(organization):
        ReferenceRequest.objects.filter(pk=made.pk).update(finished_at=at)
    return made


def old_prospect(organization: Organization, at: datetime) -> Prospect:
    return make_prospect(organization, consented_at=at, ends_at=clock.now() + timedelta(days=300))


def old_event(organization: Organization, at: datetime, **fields: Any) -> InboundEvent:
    connection = make_connection(organization) if not hasattr(organization, "_events_of") else organization._events_of
    organization._events_of = connection  # type: ignore[attr-defined]
    with tenant(organization):
        event: InboundEvent = InboundEvent.objects.create(
            organization=organization,
            connection=connection,
            event_id=f"old-{next(_number)}",
            event_name="application.status.updated",
            state="done",
            outcome="no.other_step",
            created_at=at,
            **fields,
        )
        return event


def old_message(organization: Organization, at: datetime, **fields: Any) -> Message:
    values = {"state": "done", "to_email": "old@candidates.example", **fields}
    with tenant(organization):
        message: Message = Message.objects.create(
            organization=organization, kind="test", subject="x", created_at=at, **values
        )
        return message


def old_entry(organization: Organization, at: datetime) -> AuditEntry:
    with tenant(organization):
        entry: AuditEntry = AuditEntry.objects.create(organization=organization, action="test.old", at=at)
        return entry


MAKERS: dict[RetentionKind, Callable[[Organization, datetime], Any]] = {
    RetentionKind.REQUESTS: old_request,
    RetentionKind.PROSPECTS: old_prospect,
    RetentionKind.EVENTS: old_event,
    RetentionKind.MESSAGES: old_message,
    RetentionKind.AUDIT: old_entry,
}
MODELS = {
    RetentionKind.REQUESTS: ReferenceRequest,
    RetentionKind.PROSPECTS: Prospect,
    RetentionKind.EVENTS: InboundEvent,
    RetentionKind.MESSAGES: Message,
    RetentionKind.AUDIT: AuditEntry,
}


def on_both_sides(organization: Organization, kind: RetentionKind, now: datetime) -> tuple[Any, Any]:
    """A row that has just expired, and one with an hour left."""
    limit = period_of(organization, kind).before(now)
    return (
        MAKERS[kind](organization, limit - timedelta(hours=1)),
        MAKERS[kind](organization, limit + timedelta(hours=1)),
    )


def pk_of(row: Any) -> int:
    return int(row.reference_request.pk if isinstance(row, RequestScenario) else row.pk)


def lives(organization: Organization, row: Any) -> bool:
    """Whether the row exists, and a prospect's details with it."""
    model: Any = ReferenceRequest if isinstance(row, RequestScenario) else type(row)
    with tenant(organization):
        rows = model._base_manager.filter(pk=pk_of(row))
        return bool(rows.filter(removed_at=None).exists() if model is Prospect else rows.exists())
