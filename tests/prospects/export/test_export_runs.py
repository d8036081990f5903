"""Exporting all prospects: the numbers, stopping, resuming, retrying, and finishing."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from connectors.manage import lookup
from crosschq.core import clock
from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import Message
from crosschq.tenancy.scope import tenant
from prospects.export import on_opt_in, runs
from prospects.export import progress as export_progress
from prospects.export import settings as export_settings
from prospects.models import ExportItem, ExportRun, Prospect
from tests.factories import signed_in
from tests.prospects.export.test_export_pages import text, url
from tests.prospects.exporting import ADD, Exporter, exporter, ready_exporter
from tests.vendor import Vendor

WAITING = "On, waiting for Source type and Source id"


def numbers(acme: Exporter) -> runs.ExportCounts:
    with tenant(acme.organization):
        found = runs.counts(acme.settings())
        assert runs.count_to_send(acme.settings()) == found.to_send
        return found


def progress(acme: Exporter, run: ExportRun) -> export_progress.RunProgress:
    with tenant(acme.organization):
        return export_progress.run_progress(ExportRun.objects.get(pk=run.pk))


def test_the_numbers_exclude_exported_and_queued_prospects(vendor: Vendor) -> None:
    acme = ready_exporter(vendor)
    acme.prospect()
    acme.export()
    acme.prospect("Tom Beck")
    assert numbers(acme) == runs.ExportCounts(prospects=2, exported=1, queued=0, candidates=1)
    acme.start()
    assert numbers(acme) == runs.ExportCounts(prospects=2, exported=1, queued=1, candidates=0)
    acme.choose("Backend Engineer", "Sales Lead")
    assert numbers(acme).prospects == 2


def test_of_very_many_prospects_the_page_counts_none_and_the_export_skips_those_in_the_ats(
    vendor: Vendor, client: Client
) -> None:
    acme = ready_exporter(vendor)
    acme.prospect("First Of-All")
    acme.export()
    with tenant(acme.organization):
        given = {"consented_at": clock.now(), "ends_at": clock.now() + timedelta(days=300)}
        rows = [
            Prospect(organization=acme.organization, email=f"{n}@x.example", email_key=f"{n}@x.example", **given)
            for n in range(1000)
        ]
        Prospect.objects.bulk_create(rows)
        found = runs.counts(acme.settings())
        assert (found.is_partial, found.to_send) == (True, 1001)
        # The newest and the oldest are looked up for the connection's page, which says "more than 100".
        assert runs.count_to_send(acme.settings()) == 101
    page = text(signed_in(client, acme.admin).get(url(acme, "export_start")))
    assert "More than 1,000 prospects. Those who are already exported or queued will be skipped." in page
    assert "Export all prospects" in page
    run = acme.start()
    with tenant(acme.organization):
        assert ExportItem.objects.filter(run=run).count() == 1000


def test_prospects_without_an_export_are_offered_if_they_are_the_oldest_or_the_newest(
    vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "LOOKED_UP", 1)
    acme = ready_exporter(vendor)
    with tenant(acme.organization):
        assert runs.count_to_send(acme.settings()) == 0
    acme.prospect()
    assert numbers(acme).to_send == 1
    acme.export()
    assert numbers(acme).to_send == 0
    acme.prospect("Tom Beck")
    assert numbers(acme).to_send == 1
    acme.export()
    acme.choose("Sales Lead")
    assert numbers(acme).to_send == 2


def test_what_a_finished_export_has_done_is_stored_and_counted_again_once_it_goes_on(vendor: Vendor) -> None:
    acme = ready_exporter(vendor)
    acme.prospect()
    acme.prospect("Tom Beck")
    run = acme.start()
    acme.work()
    before = progress(acme, run)
    assert (before.state, before.created, before.total) == ("finished", 2, 2)
    with tenant(acme.organization):
        stored = ExportRun.objects.get(pk=run.pk)
        with CaptureQueriesContext(connection) as asked:
            export_progress.run_progress(stored)
        assert "'done'" not in asked.captured_queries[-1]["sql"].rpartition(" WHERE ")[2]
        stored.created_count = None
        assert export_progress.run_progress(stored) == before
        ExportItem.objects.filter(prospect__last_name="Beck").update(state=WorkState.DEAD, outcome="")
        runs.try_again(run)
    assert (progress(acme, run).state, progress(acme, run).created) == ("running", 1)
    acme.work()
    assert (progress(acme, run).state, progress(acme, run).created) == ("finished", 2)


def test_a_stopped_export_sends_nothing_and_continues_where_it_stopped(vendor: Vendor) -> None:
    acme = ready_exporter(vendor)
    for number in range(3):
        acme.prospect(f"Ana Ruiz-{number}")
    run = acme.start()
    with tenant(acme.organization):
        runs.stop(run)
    acme.work()
    assert acme.creates() == 0
    assert progress(acme, run).state == "stopped"
    with tenant(acme.organization):
        runs.resume(run)
    acme.work()
    assert acme.states() == {WorkState.DONE: 3}
    assert progress(acme, run).sentence == "3 of 3 exported"
    assert progress(acme, run).state == "finished"


def test_what_was_claimed_when_it_was_stopped_is_not_sent_either(vendor: Vendor) -> None:
    acme = ready_exporter(vendor)
    acme.prospect()
    run = acme.start()
    with tenant(acme.organization):
        ExportRun.objects.filter(pk=run.pk).update(stopped_at=clock.now())
    acme.work()
    assert (acme.item().state, acme.item().held_for) == (WorkState.HELD, run.waits_for_resume)


def test_turning_the_switch_off_stops_and_removes_nothing(vendor: Vendor) -> None:
    acme = ready_exporter(vendor)
    ana = acme.prospect()
    acme.export()
    acme.prospect("Tom Beck")
    acme.start()
    with tenant(acme.organization):
        export_settings.switch_existing(connection=acme.connection, on=False, actor=acme.admin)
    acme.work()
    assert len(acme.there(ana)) == 1
    assert acme.creates() == 1


def test_a_bad_row_is_explained_and_the_others_continue(vendor: Vendor) -> None:
    acme = ready_exporter(vendor)
    acme.prospect("Bad Address", email="not an address", email_key="bad")
    acme.prospect()
    run = acme.export()
    assert acme.states() == {WorkState.DEAD: 1, WorkState.DONE: 1}
    bad = acme.items()[0]
    assert bad.reason.startswith("SmartRecruiters rejected these details.")
    assert progress(acme, run).sentence == "1 of 2 exported, 1 needs attention"


def test_failed_items_are_retried_by_a_click_and_by_the_next_export(vendor: Vendor) -> None:
    acme = ready_exporter(vendor)
    acme.prospect()
    vendor.tell("faults", route=ADD, kind="status", status=400, times=2)
    run = acme.export()
    assert acme.states() == {WorkState.DEAD: 1}
    with tenant(acme.organization):
        assert runs.try_again(ExportRun.objects.get(pk=run.pk), item=acme.item()) == 1
    acme.work()
    assert acme.states() == {WorkState.DEAD: 1}
    acme.export()
    assert acme.states() == {WorkState.DONE: 1}


def test_two_clicks_start_one_run(vendor: Vendor) -> None:
    acme = ready_exporter(vendor)
    acme.prospect()
    assert acme.start() == acme.start()
    assert len(acme.items()) == 1


def test_an_export_of_over_a_minute_ends_with_an_email(vendor: Vendor) -> None:
    acme = ready_exporter(vendor)
    acme.prospect()
    acme.export()
    acme.prospect("Tom Beck")
    run = acme.start()
    with tenant(acme.organization):
        ExportRun.objects.filter(pk=run.pk).update(started_at=clock.now() - timedelta(seconds=61))
    acme.work()
    with tenant(acme.organization):
        (email,) = Message.objects.filter(kind="export_finished")
    assert email.to_email == acme.admin.email
    assert f"/prospects/runs/{run.uid}/" in email.text
    assert "1 candidate is now in SmartRecruiters." in email.text


def test_a_deselected_job_is_dropped_and_exported_when_it_is_selected_again(vendor: Vendor) -> None:
    acme = exporter(vendor)
    acme.choose("Sales Lead")
    ana = acme.prospect()
    acme.start()
    acme.choose("Backend Engineer")
    acme.work()
    (there,) = acme.there(ana)
    assert [application["job_id"] for application in there["applications"]] == [vendor.job("Backend Engineer")]
    assert acme.states() == {WorkState.CANCELLED: 1, WorkState.DONE: 1}
    acme.choose("Sales Lead")
    acme.export()
    assert acme.states() == {WorkState.DONE: 2}


def test_new_prospects_are_exported_automatically_only_while_the_second_switch_is_on(vendor: Vendor) -> None:
    acme = ready_exporter(vendor)

    def joins(name: str) -> None:
        prospect = acme.prospect(name)
        with tenant(acme.organization):
            on_opt_in.export_new_prospect(prospect)
        acme.work()

    joins("Ana Ruiz")
    assert acme.items() == []
    with tenant(acme.organization):
        export_settings.switch_new(connection=acme.connection, on=True, actor=acme.admin)
    joins("Tom Beck")
    assert [item.prospect.first_name for item in acme.items()] == ["Tom"]
    assert acme.states() == {WorkState.DONE: 1}
    with tenant(acme.organization):
        export_settings.switch_new(connection=acme.connection, on=False, actor=acme.admin)
    joins("Noa Adeyemi")
    assert numbers(acme).to_send == 2


def shown(acme: Exporter) -> export_progress.ExportSummary:
    """The progress that the connection page shows. Call inside `tenant()`."""
    connection = lookup.find(acme.connection.vendor)
    assert connection
    return export_progress.summary(connection)


def test_nothing_is_sent_before_there_are_settings(vendor: Vendor) -> None:
    acme = exporter(vendor)
    with tenant(acme.organization):
        settings = export_settings.switch_new(connection=acme.connection, on=True, actor=acme.admin)
        export_settings.switch_existing(connection=acme.connection, on=True, actor=acme.admin)
        summary = shown(acme)
        assert not settings.is_complete
    prospect = acme.prospect()
    with tenant(acme.organization):
        on_opt_in.export_new_prospect(prospect)
    acme.work()
    assert acme.creates() == 0
    assert (summary.existing_label, summary.new_label) == (WAITING, WAITING)


@pytest.mark.parametrize("count", [1, 4])
def test_a_summary_takes_as_many_queries_for_many_as_for_one(
    vendor: Vendor, count: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    acme = ready_exporter(vendor)
    for number in range(count):
        acme.prospect(f"Ana Ruiz-{number}")
    acme.export()
    with tenant(acme.organization), django_assert_max_num_queries(5):
        assert shown(acme).existing_label == f"On: {count} exported"


def test_the_switch_counts_nothing_if_nobody_was_exported(vendor: Vendor) -> None:
    acme = ready_exporter(vendor)
    acme.prospect()
    vendor.tell("faults", route=ADD, kind="status", status=400)
    acme.export()
    with tenant(acme.organization):
        assert (shown(acme).settings.existing_on, shown(acme).existing_label) == (True, "")


def test_the_time_left_is_estimated_from_the_last_minutes_pace(vendor: Vendor) -> None:
    acme = ready_exporter(vendor)
    for number in range(4):
        acme.prospect(f"Ana Ruiz-{number}")
    run = acme.start()
    with tenant(acme.organization):
        ExportItem.objects.filter(prospect__last_name="Ruiz-0").update(
            state=WorkState.DONE, outcome="created", finished_at=clock.now()
        )
        with time_machine.travel(run.started_at + timedelta(seconds=50), tick=False):
            assert progress(acme, run).time_left == "about 2 minutes left"
            assert progress(acme, run).percent == 25
