"""A prospect becomes exactly one candidate with the configured tags and source."""

from __future__ import annotations

import pytest

from crosschq.core.outbox.work_item import WorkState
from crosschq.tenancy.scope import tenant
from prospects.models import ExportOutcome, Prospect, Removal
from prospects.opt_in import removal
from tests.extent import first_of
from tests.prospects.exporting import ADD, ADD_TO_JOB, exporter, ready_exporter
from tests.prospects.factories import reread
from tests.vendor import Vendor

LOSSES = [
    ("reset", "updated"), ("truncated", "unchanged"), ("status", "updated"),
    ("reset", "unchanged"), ("truncated", "updated"), ("status", "unchanged"),
]  # fmt: skip


def test_a_prospect_becomes_a_talent_pool_candidate_with_the_chosen_settings(vendor: Vendor) -> None:
    acme = exporter(vendor)
    acme.choose(tags=("crosschq", "EMEA"))
    ana = acme.prospect(phone="+49 30 1234567", employer="Ledgerly", title="Engineer")
    acme.export()
    (there,) = acme.there(ana)
    assert (there["name"], there["phone"], there["applications"]) == ("Ana Ruiz", "+49 30 1234567", [])
    assert (there["tags"], there["pool_source"]) == (["crosschq", "EMEA"], "Crosschq")
    item = acme.item()
    assert (item.state, item.outcome, item.candidate_id) == (WorkState.DONE, ExportOutcome.CREATED, there["id"])
    assert reread(ana).ats_candidate_id == there["id"]


def test_a_prospect_is_added_once_to_each_selected_job(vendor: Vendor) -> None:
    acme = exporter(vendor)
    acme.choose("Backend Engineer", "Sales Lead")
    ana = acme.prospect()
    acme.export()
    acme.export()
    (there,) = acme.there(ana)
    jobs = {vendor.job("Backend Engineer"), vendor.job("Sales Lead")}
    assert {application["job_id"] for application in there["applications"]} == jobs
    assert {application["source"] for application in there["applications"]} == {"Crosschq"}
    assert [item.outcome for item in acme.items()] == [ExportOutcome.CREATED, ExportOutcome.CREATED]
    assert acme.creates() == 2


@pytest.mark.parametrize(("kind", "rule"), first_of(LOSSES, 3))
def test_a_create_whose_response_was_lost_is_repeated_without_a_duplicate(vendor: Vendor, kind: str, rule: str) -> None:
    vendor.tell("switches", duplicate_candidate=rule)
    acme = ready_exporter(vendor)
    ana = acme.prospect()
    vendor.tell("faults", route=ADD, kind=kind, when="after")
    acme.export()
    assert acme.item().state == WorkState.PENDING
    acme.hurry()
    (there,) = acme.there(ana)
    assert (acme.item().outcome, acme.item().candidate_id) == (ExportOutcome.CREATED, there["id"])
    assert acme.creates() == 2


def test_a_conflict_links_the_candidate_and_keeps_its_source(vendor: Vendor) -> None:
    vendor.tell("switches", duplicate_candidate="conflict")
    acme = ready_exporter(vendor)
    maya = vendor.candidate("Maya Osei")
    ours = acme.prospect("Maya Osei", email=maya["email"], email_key=maya["email"])
    acme.export()
    assert (acme.item().outcome, acme.item().candidate_id) == (ExportOutcome.LINKED, maya["id"])
    assert vendor.candidate("Maya Osei") == maya
    assert reread(ours).ats_candidate_id == ""


@pytest.mark.parametrize("read", ["survivor", "gone"])
def test_the_prospect_follows_a_merge_of_its_candidate(vendor: Vendor, read: str) -> None:
    vendor.tell("switches", merged_profile=read)
    acme = ready_exporter(vendor)
    ana = acme.prospect()
    acme.export()
    made = acme.item().candidate_id
    vendor.tell("seed", jobs=[], candidates=[{"first_name": "Ana", "last_name": "Ruiz", "email": "ana@work.example"}])
    other = next(one for one in vendor.ask("state")["candidates"] if one["email"] == "ana@work.example")
    vendor.tell("merge", candidate_id=other["id"], other_id=made)
    with tenant(acme.organization):
        Prospect.objects.update(email="ana@work.example")
    acme.choose("Sales Lead")
    acme.export()
    assert {(item.outcome, item.candidate_id) for item in acme.items()} == {(ExportOutcome.CREATED, other["id"])}
    assert reread(ana).ats_candidate_id == other["id"]


def test_an_existing_candidate_is_distinguished_from_a_created_one(vendor: Vendor) -> None:
    """SmartRecruiters returns both alike; only the creation date differs."""
    acme = ready_exporter(vendor)
    maya = vendor.candidate("Maya Osei")
    ours = acme.prospect("Maya Osei", email=maya["email"], email_key=maya["email"])
    acme.export()
    assert (acme.item().outcome, acme.item().candidate_id) == (ExportOutcome.LINKED, maya["id"])
    assert reread(ours).ats_candidate_id == ""


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_uncertain_create_on_a_job_is_searched_before_it_is_repeated(vendor: Vendor, when: str) -> None:
    vendor.tell("switches", duplicate_candidate="doubled")
    acme = exporter(vendor)
    acme.choose("Backend Engineer")
    ana = acme.prospect()
    vendor.tell("faults", route=ADD_TO_JOB, kind="reset", when=when)
    acme.export()
    acme.hurry()
    (there,) = acme.there(ana)
    assert acme.item().candidate_id == there["id"]
    assert acme.creates() == (1 if when == "after" else 2)


def test_a_prospect_who_opts_out_while_queued_is_not_exported(vendor: Vendor) -> None:
    acme = ready_exporter(vendor)
    ana, tom = acme.prospect(), acme.prospect("Tom Beck")
    acme.start()
    with tenant(acme.organization):
        removal.remove(ana, why=Removal.LEFT)
    acme.work()
    assert acme.there(ana) == []
    assert len(acme.there(tom)) == 1
    assert acme.states() == {WorkState.CANCELLED: 1, WorkState.DONE: 1}


def test_a_prospect_who_opts_out_during_the_call_must_be_deleted_in_the_ats(
    vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    from prospects.export import item as export_item

    acme = ready_exporter(vendor)
    ana = acme.prospect()
    acme.start()
    finish = export_item._finish

    def leave_first(*arguments: object) -> None:
        removal.remove(ana, why=Removal.LEFT)
        finish(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(export_item, "_finish", leave_first)
    acme.work()
    (there,) = acme.there(ana)
    item = acme.item()
    assert item.reason == "Opted out during the export. Delete the candidate in SmartRecruiters."
    assert reread(ana).ats_candidate_id == there["id"]
