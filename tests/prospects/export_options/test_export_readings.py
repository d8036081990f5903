"""A refresh that fails partly or completely marks nothing as gone and releases nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from crosschq.core import clock
from crosschq.core.outbox.work_item import WorkState
from crosschq.tenancy.scope import tenant
from prospects.export_options import options as export_choices
from prospects.export_options.options import CachedOptions
from prospects.models import JobOption
from tests.factories import signed_in
from tests.prospects.export.test_export_holds import GONE, remove_source
from tests.prospects.export.test_export_pages import options, text, url
from tests.prospects.exporting import Exporter, exporter
from tests.vendor import Vendor

TYPES = "GET /configuration/sources"
SOURCES = "GET /configuration/sources/{sourceType}/values"
JOBS = "GET /jobs"


@pytest.fixture
def acme(vendor: Vendor) -> Exporter:
    return exporter(vendor)


@pytest.fixture
def admin(acme: Exporter, client: Client) -> Client:
    return signed_in(client, acme.admin)


def fail(vendor: Vendor, *routes: str, status: int = 503) -> None:
    for route in routes:
        vendor.tell("faults", route=route, kind="status", status=status, times=50)


def an_hour_later(monkeypatch: pytest.MonkeyPatch) -> None:
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(hours=1))


def read_now(acme: Exporter, admin: Client) -> Any:
    """Request a refresh, run the worker, and return the page."""
    admin.post(url(acme, "export_read"))
    acme.read()
    return admin.get(url(acme, "export_settings"))


def titles(acme: Exporter) -> list[str]:
    with tenant(acme.organization):
        return list(JobOption.objects.values_list("title", flat=True))


@pytest.mark.parametrize("status", [503, 403])
def test_earlier_options_are_shown_with_their_age_if_a_refresh_fails(
    acme: Exporter, admin: Client, vendor: Vendor, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    acme.choose("Sales Lead")
    fail(vendor, TYPES, JOBS, status=status)
    an_hour_later(monkeypatch)
    page = read_now(acme, admin)
    assert "Some options couldn't be loaded last time" in text(page)
    for part in ("Sources", "Jobs"):
        assert f"{part}, loaded " in text(page)
    assert text(page).count("1 hour ago") == 2
    assert "loaded just now" not in text(page)
    assert "no longer in SmartRecruiters" not in text(page)
    assert "Crosschq (recommended)" in options(page, "source")
    assert "Sales Lead, REF002, Hamburg (sourcing)" in text(page)
    assert "Data Analyst" in text(page)
    read_at = acme.settings().options_read_at
    assert read_at is not None
    assert read_at < clock.now() - timedelta(minutes=59)


def test_a_lost_grant_does_not_remove_sources(acme: Exporter, admin: Client, vendor: Vendor) -> None:
    acme.choose("Sales Lead")
    vendor.tell("revoke")
    page = read_now(acme, admin)
    assert "no longer in SmartRecruiters" not in text(page)
    assert "Crosschq (recommended)" in options(page, "source")
    assert acme.settings().problem == ""


def test_loaded_parts_are_updated_even_if_others_fail(
    acme: Exporter, vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = CachedOptions.load(acme.choose("Sales Lead"))
    vendor.tell("seed", jobs=[{"title": "Night Porter"}])
    remove_source(vendor, "Crosschq")
    fail(vendor, SOURCES)
    an_hour_later(monkeypatch)
    seen = CachedOptions.load(export_choices.refresh_now(acme.connection))
    assert "Night Porter" in titles(acme)
    assert seen.sources == before.sources
    assert seen.read_at["jobs"] > before.read_at["jobs"]
    assert seen.read_at["type:PAID"] == before.read_at["type:PAID"]


def test_a_missing_source_holds_the_export_even_if_the_next_refresh_fails(
    acme: Exporter, admin: Client, vendor: Vendor
) -> None:
    acme.choose()
    acme.prospect()
    remove_source(vendor, "Crosschq")
    problem = export_choices.refresh_now(acme.connection).problem
    acme.export()
    assert acme.states() == {WorkState.HELD: 1}
    fail(vendor, TYPES, JOBS)
    assert export_choices.refresh_now(acme.connection).problem == problem
    assert acme.states() == {WorkState.HELD: 1}
    page = admin.get(url(acme, "export_settings"))
    assert "Crosschq (no longer in SmartRecruiters)" in options(page, "source")


def test_a_problem_found_by_an_export_stays_until_everything_is_loaded_again(acme: Exporter, vendor: Vendor) -> None:
    acme.choose()
    acme.prospect()
    remove_source(vendor, "Crosschq")
    acme.export()
    assert acme.settings().problem == GONE
    fail(vendor, SOURCES)
    assert export_choices.refresh_now(acme.connection).problem == GONE
    assert acme.states() == {WorkState.HELD: 1}
    vendor.tell("faults/clear")
    problem = export_choices.refresh_now(acme.connection).problem
    assert problem == "The source “Crosschq” is no longer in SmartRecruiters."


def test_a_missing_permission_stays_missing_while_the_ats_is_down(acme: Exporter, vendor: Vendor) -> None:
    acme.choose()
    fail(vendor, TYPES, status=403)
    problem = export_choices.refresh_now(acme.connection).problem
    assert "“Access Company Settings”" in problem
    vendor.tell("faults/clear")
    fail(vendor, TYPES)
    assert export_choices.refresh_now(acme.connection).problem == problem
    vendor.tell("faults/clear")
    assert export_choices.refresh_now(acme.connection).problem == ""


def test_other_settings_can_be_saved_while_a_part_is_outdated(acme: Exporter, admin: Client, vendor: Vendor) -> None:
    acme.choose("Sales Lead")
    fail(vendor, TYPES, JOBS)
    export_choices.refresh_now(acme.connection)
    saved: dict[str, Any] = {"source_type": "CUSTOM_SOURCES", "source": f"REFERENCE_CHECKS/{acme.settings().source_id}"}
    job = vendor.job("Data Analyst")
    assert admin.post(url(acme, "export_settings"), saved | {"jobs": [job], "save": "1"}).status_code == 302
    assert [one["title"] for one in acme.settings().jobs] == ["Data Analyst"]
    assert acme.settings().problem == ""


def test_values_that_were_never_loaded_are_not_reported_as_gone(acme: Exporter, admin: Client, vendor: Vendor) -> None:
    settings = acme.choose("Sales Lead")
    with tenant(acme.organization):
        settings.cached_options, settings.options_read_at = {}, None
        settings.save()
    fail(vendor, TYPES)
    page = read_now(acme, admin)
    assert "Sources, not loaded yet" in text(page)
    assert "Crosschq" in options(page, "source")
    assert "no longer in SmartRecruiters" not in text(page)
