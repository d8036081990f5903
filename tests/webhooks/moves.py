"""Moves in the ATS, delivered and decided, for tests of their outcomes."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from connectors.connection import connect
from connectors.models import Connection
from crosschq.core.outbox import work_item
from crosschq.tenancy.models import User
from crosschq.tenancy.scope import tenant
from requests_app.models import ReferenceRequest
from tests.connected import RESTORED, already_connected, made_once_in_both
from tests.templates_app.factories import make_template
from tests.vendor import Vendor
from webhooks.inbox.receive import store
from webhooks.models import InboundEvent


def connect_and_switch_on(vendor: Vendor, admin: User) -> Connection:
    """A connection with requests on and a template for the tag `eng`; deliveries wait for the test."""
    return already_connected(vendor, admin, then=_switch_on)


def _switch_on(vendor: Vendor, connection: Connection, actor: User) -> None:
    make_template(connection.organization, name="Engineering", ats_tag="eng")
    with tenant(connection.organization):
        connect.switch_requests(connection=connection, on=True, actor=actor)
    vendor.tell("hold")


def ids_of(vendor: Vendor, name: str, job: str) -> bytes:
    return json.dumps(vendor.application(name, job)).encode()


def move_and_decide(connection: Connection, vendor: Vendor, name: str, job: str, **move: Any) -> InboundEvent:
    """Move a candidate, accept what SmartRecruiters would deliver, and decide."""
    event_id = vendor.move(name, job, **move)
    return deliver_event(connection, ids_of(vendor, name, job), event_id=event_id)


def first_moved(connection: Connection, vendor: Vendor, name: str, job: str) -> InboundEvent:
    """The same with what was made for the first test, for one that changed nothing yet.

    The product's times move along with the clock, and the sandbox's don't: a test in which anything asks since when the
    candidate has been at the step moves them itself.
    """
    assert vendor.instructions == RESTORED

    def make() -> str:
        return move_and_decide(connection, vendor, name, job).event_id

    return event_of(connection, made_once_in_both(vendor, ("moved", connection.pk, name, job), make))


def deliver_event(
    connection: Connection,
    body: bytes,
    *,
    event_id: str = "e-1",
    event_name: str = "application.status.updated",
    happened_at: datetime | None = None,
) -> InboundEvent:
    store(connection=connection, event_id=event_id, event_name=event_name, body=body, happened_at=happened_at)
    work_item.drain(InboundEvent)
    return event_of(connection, event_id)


def event_of(connection: Connection, event_id: str) -> InboundEvent:
    with tenant(connection.organization):
        event: InboundEvent = InboundEvent.objects.get(event_id=event_id)
    return event


def events_of(connection: Connection) -> list[InboundEvent]:
    with tenant(connection.organization):
        return list(InboundEvent.objects.order_by("id"))


def requests_of(connection: Connection) -> list[ReferenceRequest]:
    with tenant(connection.organization):
        return list(ReferenceRequest.objects.all())


def last_call(vendor: Vendor) -> int:
    return int(vendor.ask("requests")[-1]["seq"])
