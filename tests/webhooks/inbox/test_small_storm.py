"""A quick version of the storm: deliveries, duplicates and faults in one process, on the real sandbox and database."""

from __future__ import annotations

import contextlib
import random
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import Error, connection
from pytest_django import Settings

from connectors.models import Connection, Writeback
from connectors.note_writer import post_report_link
from crosschq.core import clock
from crosschq.core.database import rls
from crosschq.core.outbox import work_item
from crosschq.core.outbox.fault_points import InjectedFault
from crosschq.core.outbox.work_item import WorkState
from crosschq.tenancy.scope import tenant
from tests.extent import in_full
from tests.vendor import Vendor
from tests.webhooks.deliveries import Endpoint, make_endpoint
from tests.webhooks.moves import events_of, ids_of, requests_of
from webhooks.models import InboundEvent

DELIVERIES, FEWER = 30, 15
AT_INTAKE = ("hook_before_commit", "hook_after_commit")
AT_WORK = ("after_claim", "before_effects", "after_effects", "note_before_post", "note_after_post")


def deliver_until_stored(endpoint: Endpoint, body: bytes, event_id: str, faults: Path) -> None:
    """Deliver like the vendor, which repeats each delivery until the answer is 202."""
    for _ in range(5):
        with contextlib.suppress(InjectedFault, Error):
            if endpoint.deliver(body, event_id=event_id).status_code == 202:
                return
        connection.close()
    raise AssertionError(f"{event_id} was never stored: {list(faults.iterdir())}")


def post_note(live: Connection, vendor: Vendor) -> None:
    with tenant(live.organization):
        post_report_link(
            connection=live,
            candidate_id=vendor.candidate_id("Maya Osei"),
            url="https://crosschq.example/reports/1",
            sentence="The report is ready.",
            about_kind="test",
            about_uid=uuid.uuid4(),
        )


def make_due() -> None:
    """A test waits neither for delays nor for leases, which go by the database's clock."""
    work_item.release_abandoned()
    for model in (InboundEvent, Writeback):
        with rls.scope(rls.ALL_TENANTS):
            rows = model._base_manager.filter(state=WorkState.PENDING)
            rows.update(available_at=clock.now() - timedelta(seconds=1))


@pytest.mark.in_full
def test_deliveries_under_faults_are_each_stored_and_decided_once(
    vendor: Vendor, live: Connection, settings: Settings, tmp_path: Path
) -> None:
    settings.FAULT_DIR, settings.LEASE_SCALE = str(tmp_path), 0.0001
    deliveries = DELIVERIES if in_full() else FEWER
    lot = random.Random(1)
    endpoint = make_endpoint(live)
    vendor.move("Maya Osei", "Backend Engineer")
    body = ids_of(vendor, "Maya Osei", "Backend Engineer")
    for number in range(deliveries):
        for _copy in range(1 + number % 2):
            (tmp_path / lot.choice(AT_INTAKE)).write_text("raise", encoding="ascii")
            deliver_until_stored(endpoint, body, f"e-{number}", tmp_path)
    post_note(live, vendor)
    for _ in range(deliveries):
        (tmp_path / lot.choice(AT_WORK)).write_text("raise", encoding="ascii")
        with contextlib.suppress(InjectedFault, Error):
            work_item.drain(InboundEvent, most=5)
            work_item.drain(Writeback)
        connection.close()
        make_due()
    assert sorted(event.event_id for event in events_of(live)) == sorted(f"e-{n}" for n in range(deliveries))
    assert {event.state for event in events_of(live)} == {WorkState.DONE}
    assert len(requests_of(live)) == 1
    assert len(vendor.candidate("Maya Osei")["notes"]) == 1
