"""After a restored backup, the ATS is asked what happened since, and nobody is invited twice."""

from __future__ import annotations

import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from pytest_django import Settings

from connectors.models import Connection, Writeback
from connectors.note_writer import post_report_link
from crosschq.core import clock
from crosschq.core.models import Installation
from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.core.restore import mode
from crosschq.messaging.models import Message
from crosschq.tenancy.scope import tenant
from requests_app.models import ReferenceRequest
from tests.vendor import Vendor
from tests.webhooks.moves import deliver_event, ids_of, move_and_decide, requests_of
from webhooks import connection_jobs
from webhooks.inbox.receive import store
from webhooks.models import ConnectionJob, ConnectionJobKind, InboundEvent


@pytest.fixture(autouse=True)
def ledger(settings: Settings, tmp_path: Path) -> None:
    settings.SENT_LEDGER = str(tmp_path / "sent")


def restore(*, lost: timedelta = timedelta(hours=1)) -> None:
    """Put the database in the state just after the restore of a backup this old."""
    now = clock.now()
    row = {"at": now - lost, "restored_at": None, "lost_since": None, "compared_at": None, "erasures_repeated_at": None}
    create = {**row, "uid": uuid.uuid4(), "system_identifier": ""}
    Installation.objects.update_or_create(pk=1, defaults=row, create_defaults=create)
    mode.enter("a test")


def lose_the_request(connection: Connection) -> None:
    with tenant(connection.organization):
        Message.objects.all().delete()
        ReferenceRequest.objects.all().delete()
        InboundEvent.objects.all().delete()


def test_someone_invited_after_the_backup_waits_and_the_page_says_when_they_were_invited(
    vendor: Vendor, live: Connection
) -> None:
    move_and_decide(live, vendor, "Maya Osei", "Backend Engineer")
    lose_the_request(live)
    restore()
    event = deliver_event(live, ids_of(vendor, "Maya Osei", "Backend Engineer"), event_id="again")
    assert (event.state, event.outcome, requests_of(live)) == (WorkState.HELD, "hold.old", [])
    assert event.values["invited"].startswith("We invited them on ")


def test_a_move_that_waited_in_the_backup_is_decided_by_what_the_ats_says_now_and_then_waits_for_a_person(
    vendor: Vendor, live: Connection
) -> None:
    for name, job in (("Maya Osei", "Backend Engineer"), ("Jonas Lind", "Sales Lead")):
        vendor.move(name, job)
        store(
            connection=live,
            event_id=name,
            event_name="application.status.updated",
            body=ids_of(vendor, name, job),
            happened_at=clock.now() - timedelta(hours=3),
        )
    restore()
    with tenant(live.organization):
        assert set(InboundEvent.objects.values_list("state", flat=True)) == {WorkState.HELD}
    assert mode.catch_up()
    work_item.drain(InboundEvent)
    with tenant(live.organization):
        outcomes = dict(InboundEvent.objects.values_list("event_id", "outcome"))
    assert (outcomes["Maya Osei"], requests_of(live)) == ("hold.old", [])
    assert outcomes["Jonas Lind"] != ""


def test_an_application_that_was_turned_down_meanwhile_pauses_its_request(vendor: Vendor, live: Connection) -> None:
    move_and_decide(live, vendor, "Maya Osei", "Backend Engineer")
    connection_jobs.plan()
    with tenant(live.organization):
        ConnectionJob.objects.update(last_done_at=clock.now(), available_at=clock.now() + timedelta(hours=1))
    # Its event was delivered after the backup, and is lost with it.
    vendor.move("Maya Osei", "Backend Engineer", status="REJECTED", step=None)
    restore()
    assert mode.catch_up()
    work_item.drain(ConnectionJob)
    (reference_request,) = requests_of(live)
    assert reference_request.paused_until is not None


def test_each_connection_is_asked_once_after_a_restore(vendor: Vendor, live: Connection) -> None:
    restore()
    assert (mode.catch_up(), mode.catch_up()) == (True, False)
    with tenant(live.organization):
        due = ConnectionJob.objects.filter(available_at__lte=clock.now()).values_list("kind", flat=True)
        assert {ConnectionJobKind.BACKFILL_LOG, ConnectionJobKind.SCAN_STEP} <= set(due)


def write_note(connection: Connection, vendor: Vendor, url: str) -> None:
    with tenant(connection.organization):
        post_report_link(
            connection=connection,
            candidate_id=vendor.candidate_id("Maya Osei"),
            url=url,
            sentence="Reference report ready",
            about_kind="request",
            about_uid=uuid.uuid4(),
        )


def test_a_note_that_exists_is_not_written_again_and_a_missing_one_is(vendor: Vendor, live: Connection) -> None:
    write_note(live, vendor, "https://reports.example/written/")
    work_item.drain(Writeback)
    with tenant(live.organization):
        # The backup is from before it was written.
        Writeback.objects.update(state=WorkState.PENDING, asked_at=None, ats_id="", finished_at=None)
    write_note(live, vendor, "https://reports.example/missing/")
    restore()
    assert work_item.drain(Writeback) == 0
    mode.catch_up()
    work_item.drain(Writeback)
    with tenant(live.organization):
        assert set(Writeback.objects.values_list("state", flat=True)) == {WorkState.DONE}
    assert len(vendor.candidate("Maya Osei")["notes"]) == 2
