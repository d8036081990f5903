"""Changing settings and switches, or stopping, during an export loses nobody and adds nobody unconfirmed."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import Message
from crosschq.tenancy.models import AuditEntry
from crosschq.tenancy.scope import tenant
from prospects.export import item, progress, runs
from prospects.export import settings as export_settings
from prospects.models import ExportItem, ExportRun, ExportSettings
from tests.prospects.exporting import ADD, Exporter, ready_exporter
from tests.vendor import Vendor


@pytest.fixture
def acme(vendor: Vendor) -> Exporter:
    return ready_exporter(vendor)


def emails(acme: Exporter) -> int:
    with tenant(acme.organization):
        return Message.objects.filter(kind="export_finished").count()


def test_settings_saved_during_a_run_add_jobs_only_for_its_prospects(acme: Exporter, vendor: Vendor) -> None:
    ana = acme.prospect()
    acme.start()
    late = acme.prospect("Noa Adeyemi")
    acme.choose("Sales Lead")
    acme.work()
    assert acme.there(late) == []
    assert [one["job_id"] for one in acme.there(ana)[0]["applications"]] == [vendor.job("Sales Lead")]
    with tenant(acme.organization):
        assert runs.counts(acme.settings()).to_send == 1


def test_settings_saved_during_a_rejected_create_get_their_own_attempt(
    acme: Exporter, vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    acme.prospect()
    with tenant(acme.organization):
        ExportSettings.objects.update(source_id="gone")
    acme.start()
    hold_all = item._hold_for_settings

    def saved_meanwhile(settings: ExportSettings, sentence: str) -> work_item.Setback:
        acme.choose()
        return hold_all(settings, sentence)

    monkeypatch.setattr(item, "_hold_for_settings", saved_meanwhile)
    acme.work()
    assert acme.item().state == WorkState.PENDING
    acme.hurry()
    assert acme.states() == {WorkState.DONE: 1}


def test_an_item_held_after_its_reason_is_gone_is_released(acme: Exporter) -> None:
    acme.prospect()
    run = acme.start()
    for cause in (run.waits_for_resume, acme.settings().waits_for_change):
        with tenant(acme.organization):
            ExportItem.objects.update(state=WorkState.HELD, held_for=cause)
        acme.work()
        assert acme.states() == {WorkState.DONE: 1}


def test_an_item_held_for_a_valid_reason_stays_held(acme: Exporter) -> None:
    acme.prospect()
    run = acme.start()
    with tenant(acme.organization):
        runs.stop(run)
    acme.work()
    assert acme.states() == {WorkState.HELD: 1}
    with tenant(acme.organization):
        runs.resume(run)
        ExportSettings.objects.update(problem="The source is gone.")
    acme.work()
    assert acme.states() == {WorkState.HELD: 1}


@pytest.mark.parametrize("act", ["resume", "try again"])
def test_the_switch_is_on_while_a_run_is_active(acme: Exporter, vendor: Vendor, act: str) -> None:
    acme.prospect()
    run = acme.start()
    if act == "try again":
        vendor.tell("faults", route=ADD, kind="status", status=400)
        acme.work()
    with tenant(acme.organization):
        export_settings.switch_existing(connection=acme.connection, on=False, actor=acme.admin)
        if act == "resume":
            runs.resume(run, actor=acme.admin)
            assert AuditEntry.objects.filter(action="export.resume").count() == 1
        else:
            assert runs.try_again(acme.run(run)) == 1
    assert acme.settings().existing_on
    acme.work()
    assert acme.states() == {WorkState.DONE: 1}


def test_a_short_retry_sends_no_second_email(acme: Exporter, vendor: Vendor) -> None:
    acme.prospect()
    vendor.tell("faults", route=ADD, kind="status", status=400)
    run = acme.start()
    with tenant(acme.organization):
        ExportRun.objects.update(started_at=clock.now() - timedelta(minutes=7))
    acme.work()
    assert emails(acme) == 1
    with tenant(acme.organization):
        assert runs.try_again(acme.run(run)) == 1
    acme.work()
    assert acme.states() == {WorkState.DONE: 1}
    assert emails(acme) == 1


def test_the_page_says_that_it_waits_for_a_dead_workers_lease(acme: Exporter) -> None:
    acme.prospect()
    run = acme.start()
    with tenant(acme.organization):
        ExportItem.objects.update(state=WorkState.WORKING)
        with time_machine.travel(run.started_at + timedelta(seconds=30), tick=False):
            sentence = progress.run_progress(ExportRun.objects.get(pk=run.pk)).sentence
    assert sentence == "0 of 1 exported, waiting for the last responses, up to 5 minutes"
