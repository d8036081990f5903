"""A prospect with a created, linked, or possible candidate opts out: staff learn what to do, and nothing is kept."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from connectors.models import Connection
from crosschq.core.outbox.work_item import WorkState
from crosschq.messaging.models import Message
from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import tenant
from prospects.models import ExportItem, ExportOutcome, Prospect, Removal
from prospects.opt_in import removal
from prospects.staff import queries
from tests.factories import signed_in
from tests.prospects.exporting import ADD, Exporter, ready_exporter
from tests.prospects.factories import reread
from tests.vendor import Vendor


@pytest.fixture
def acme(vendor: Vendor) -> Exporter:
    acme = ready_exporter(vendor)
    with tenant(acme.organization):
        Connection.objects.update(fallback_owner_email="dana@acme.example", fallback_owner_name="Dana Ruiz")
    return acme


def leaves(prospect: Prospect) -> None:
    with tenant(prospect.organization):
        removal.remove(prospect, why=Removal.LEFT)


def notices(organization: Organization) -> list[Message]:
    with tenant(organization):
        return list(Message.objects.filter(about_kind="tombstone").order_by("id"))


def to_delete(acme: Exporter) -> list[Prospect]:
    with tenant(acme.organization):
        return list(queries.candidates_to_delete())


def remove_page(acme: Exporter, prospect: Prospect) -> str:
    path = reverse("prospects:remove", args=[acme.organization.slug, prospect.uid])
    return signed_in(Client(), acme.admin).get(path).content.decode()


def test_staff_are_asked_to_look_for_a_candidate_after_a_lost_response(acme: Exporter, vendor: Vendor) -> None:
    ana = acme.prospect()
    vendor.tell("faults", route=ADD, kind="reset", when="after")
    acme.export()
    assert "There may be a candidate in SmartRecruiters" in remove_page(acme, ana)
    leaves(ana)
    acme.hurry()
    assert (acme.item().state, acme.creates()) == (WorkState.CANCELLED, 1)
    (email,) = notices(acme.organization)
    assert email.subject == "Look for a former prospect in SmartRecruiters"
    assert "Ana Ruiz, ana.ruiz@home.example" in email.text
    (tombstone,) = to_delete(acme)
    assert (tombstone.ats_candidate_id, tombstone.ats_attempted_at) == ("", acme.item().attempted_at)


def test_the_list_shows_a_possible_candidate_until_it_is_marked(acme: Exporter, vendor: Vendor) -> None:
    ana = acme.prospect()
    vendor.tell("faults", route=ADD, kind="reset", when="after")
    acme.export()
    leaves(ana)
    browser, slug = signed_in(Client(), acme.admin), acme.organization.slug
    page = browser.get(reverse("prospects:removed", args=[slug])).content.decode()
    assert "If there is one, it was added around" in page
    browser.post(reverse("prospects:deleted_there", args=[slug, ana.uid]))
    assert to_delete(acme) == []


def test_a_worker_that_died_after_the_create_leaves_a_possible_candidate(acme: Exporter, vendor: Vendor) -> None:
    ana = acme.prospect()
    acme.start()
    with tenant(acme.organization):
        ExportItem.objects.update(
            state=WorkState.WORKING, lease_until="2026-01-01T00:00Z", attempted_at="2026-01-01T00:00Z"
        )
    leaves(ana)
    assert notices(acme.organization) == []  # the worker may still return with the response
    acme.work()
    assert acme.creates() == 0
    (email,) = notices(acme.organization)
    assert "If there is a candidate, it was added around" in email.text
    assert len(to_delete(acme)) == 1


@pytest.mark.parametrize("status", [400, 429, 503])
def test_a_create_that_failed_leaves_no_possible_candidate(acme: Exporter, vendor: Vendor, status: int) -> None:
    ana = acme.prospect()
    vendor.tell("faults", route=ADD, kind="status", status=status, when="before")
    acme.export()
    if status == 503:  # the candidate may have been created
        assert acme.item().attempted_at is not None
        return
    assert acme.item().attempted_at is None
    leaves(ana)
    assert (notices(acme.organization), to_delete(acme)) == ([], [])


def test_an_existing_candidate_stays_and_staff_learn_what_the_export_added(acme: Exporter, vendor: Vendor) -> None:
    maya = vendor.candidate("Maya Osei")
    ours = acme.prospect("Maya Osei", email=maya["email"], email_key=maya["email"])
    acme.export()
    assert acme.item().outcome == ExportOutcome.LINKED
    assert f"Candidate <strong>{maya['id']}</strong> was in SmartRecruiters before" in remove_page(acme, ours)
    leaves(ours)
    (email,) = notices(acme.organization)
    assert email.subject == "A former prospect is still in SmartRecruiters"
    assert maya["id"] in email.text
    assert (acme.item().candidate_id, to_delete(acme)) == ("", [])


def test_opting_in_again_cancels_the_deletion_in_the_ats(acme: Exporter) -> None:
    ana = acme.prospect()
    acme.export()
    candidate_id = reread(ana).ats_candidate_id
    leaves(ana)
    assert len(to_delete(acme)) == 1
    again = acme.prospect()
    acme.export()
    assert reread(again).ats_candidate_id == candidate_id
    assert to_delete(acme) == []
    leaves(again)
    assert [tombstone.pk for tombstone in to_delete(acme)] == [again.pk]
