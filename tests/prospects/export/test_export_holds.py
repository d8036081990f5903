"""A problem that affects every item holds the export until it is fixed; each rejection has a reason."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.models import Connection, ConnectionState
from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.tenancy.scope import tenant
from prospects.export_options import options
from tests.extent import first_of
from tests.prospects.exporting import ADD, ADD_TO_JOB, exporter, ready_exporter
from tests.vendor import Vendor

GONE = "The chosen source no longer exists in SmartRecruiters."


def remove_source(vendor: Vendor, label: str) -> None:
    source = next(one for one in vendor.ask("state")["sources"] if one["label"] == label)
    vendor.tell("source/delete", identifier=source["identifier"])


def test_a_missing_source_holds_the_export_until_another_is_selected(vendor: Vendor) -> None:
    acme = ready_exporter(vendor)
    ana = acme.prospect()
    remove_source(vendor, "Crosschq")
    acme.export()
    assert (acme.item().state, acme.item().reason) == (WorkState.HELD, GONE)
    assert acme.settings().problem == GONE
    options.refresh_now(acme.connection)
    assert acme.settings().problem == "The source “Crosschq” is no longer in SmartRecruiters."
    assert acme.settings().source_label == "Crosschq"
    acme.choose(source="Example Jobs")
    acme.work()
    assert acme.there(ana)[0]["pool_source"] == "Example Jobs"


def test_the_other_items_make_no_calls(vendor: Vendor) -> None:
    acme = ready_exporter(vendor)
    for number in range(30):
        acme.prospect(f"Ana Ruiz-{number}")
    remove_source(vendor, "Crosschq")
    acme.export()
    assert acme.states() == {WorkState.HELD: 30}
    assert acme.creates() <= 17


def test_a_restored_source_resumes_the_export(vendor: Vendor) -> None:
    acme = ready_exporter(vendor)
    acme.prospect()
    vendor.tell("faults", route="GET /configuration/sources/{sourceType}/values", kind="status", status=404, times=9)
    with tenant(acme.organization):
        type(acme.settings()).objects.update(problem="gone")
    acme.export()
    assert acme.states() == {WorkState.HELD: 1}
    vendor.tell("faults/clear")
    options.refresh_now(acme.connection)
    acme.work()
    assert acme.states() == {WorkState.DONE: 1}


def test_a_missing_job_holds_the_export(vendor: Vendor, monkeypatch: pytest.MonkeyPatch) -> None:
    acme = exporter(vendor)
    settings = acme.choose("Sales Lead")
    with tenant(acme.organization):
        settings.jobs = [{"id": "00000000-0000-4000-8000-000000000000", "title": "Old job"}]
        settings.save()
    acme.prospect()
    acme.export()
    assert acme.item().reason == "The job “Old job” no longer exists, or the connecting user can't see it."
    options.refresh_now(acme.connection)
    assert acme.settings().problem == "The job “Old job” is no longer in SmartRecruiters."


def test_missing_company_settings_hold_the_export_and_name_the_permission(vendor: Vendor) -> None:
    acme = ready_exporter(vendor)
    refusal: dict[str, Any] = {"kind": "status", "status": 403, "times": 20}
    vendor.tell("faults", route="GET /configuration/sources", **refusal)
    options.refresh_now(acme.connection)
    assert "“Access Company Settings”" in acme.settings().problem
    acme.prospect()
    acme.export()
    assert acme.states() == {WorkState.HELD: 1}
    assert acme.creates() == 0
    vendor.tell("faults/clear")
    before = len(vendor.calls())
    options.refresh_after_sign_in(acme.connection)  # as after a new sign-in
    assert len(vendor.calls()) == before, "a worker asks, and not the page to which the sign-in leads"
    acme.work()
    assert acme.states() == {WorkState.DONE: 1}


def test_a_failed_refresh_does_not_change_the_problem(vendor: Vendor) -> None:
    acme = ready_exporter(vendor)
    vendor.tell("faults", route="*", kind="status", status=503, times=50)
    options.refresh_now(acme.connection)
    assert acme.settings().problem == ""


def test_a_lost_grant_holds_the_export_until_the_next_sign_in(vendor: Vendor) -> None:
    acme = ready_exporter(vendor)
    ana = acme.prospect()
    with tenant(acme.organization):
        Connection.objects.update(state=ConnectionState.NEEDS_SIGN_IN)
    acme.export()
    assert (acme.item().state, acme.item().held_for) == (WorkState.HELD, acme.connection.sign_in_hold)
    with tenant(acme.organization):
        Connection.objects.update(state=ConnectionState.CONNECTED)
        work_item.release(held_for=acme.connection.sign_in_hold)
    acme.work()
    assert len(acme.there(ana)) == 1


# What the OpenAPI documents say about the two operations; the sandbox answers each fault with its own code.
JOB_IS_GONE = "The job “Backend Engineer” no longer exists, or the connecting user can't see it."
# The first six differ in kind.
REJECTIONS = [
    (False, 400, WorkState.DEAD, "rejected these details"),
    (False, 403, WorkState.HELD, "Create Candidates"),
    (False, 429, WorkState.PENDING, "asked us to slow down"),
    (False, 500, WorkState.PENDING, "busy or down"),
    (True, 403, WorkState.HELD, "Create Candidates"),
    (True, 404, WorkState.HELD, JOB_IS_GONE),
    (False, 503, WorkState.PENDING, "busy or down"),
    (True, 400, WorkState.DEAD, "rejected these details"),
    (True, 401, WorkState.HELD, JOB_IS_GONE),
]


@pytest.mark.parametrize(("job", "status", "state", "words"), first_of(REJECTIONS, 6))
def test_each_rejection_has_a_clear_reason(vendor: Vendor, job: bool, status: int, state: str, words: str) -> None:
    acme = exporter(vendor)
    acme.choose(*(["Backend Engineer"] if job else []))
    acme.prospect()
    vendor.tell("faults", route=ADD_TO_JOB if job else ADD, kind="status", status=status, when="before", times=2)
    acme.export()
    assert acme.item().state == state
    assert words in acme.item().reason


def test_an_ambiguous_source_must_be_selected_again(vendor: Vendor) -> None:
    acme = exporter(vendor)
    settings = acme.choose(source="Talent fair")
    with tenant(acme.organization):
        settings.source_subtype_id = ""
        settings.save()
    acme.prospect()
    acme.export()
    assert acme.item().reason == "SmartRecruiters has several sources with this name. Choose the source again."
    assert acme.item().state == WorkState.HELD
