"""Exporting the prospects selected in the list: each once, and nobody else."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from crosschq.core.outbox.work_item import WorkState
from crosschq.tenancy.models import AuditEntry, Role
from crosschq.tenancy.scope import tenant
from prospects.export import runs
from prospects.models import ExportRun, Prospect
from tests.factories import make_member, signed_in
from tests.prospects.export.test_export_holds import remove_source
from tests.prospects.export.test_export_pages import text, url
from tests.prospects.exporting import ADD, Exporter, exporter, ready_exporter
from tests.vendor import Vendor


@pytest.fixture
def acme(vendor: Vendor) -> Exporter:
    return ready_exporter(vendor)


@pytest.fixture
def admin(acme: Exporter, client: Client) -> Client:
    return signed_in(client, acme.admin)


def address(acme: Exporter, *prospects: Prospect) -> str:
    query = "&".join(f"prospect={prospect.uid}" for prospect in prospects)
    return f"{url(acme, 'export_chosen')}?{query}"


def listed(acme: Exporter, client: Client) -> Any:
    return client.get(reverse("prospects:list", args=[acme.organization.slug]))


def test_selected_prospects_are_exported_after_confirmation(acme: Exporter, admin: Client) -> None:
    ana, tom, lee = (acme.prospect(name) for name in ("Ana Ruiz", "Tom Beck", "Lee Wong"))
    page = listed(acme, admin).content.decode()
    assert f'name="prospect" value="{ana.uid}" aria-label="Select Ana Ruiz"' in page
    page = admin.get(address(acme, ana, tom))
    assert "2 prospects" in text(page)
    assert "Export 2 prospects" in text(page)
    assert acme.items() == []
    page = admin.post(address(acme, ana, tom), follow=True)
    assert "2 prospects queued." in text(page)
    acme.work()
    assert (len(acme.there(ana)), len(acme.there(tom)), len(acme.there(lee))) == (1, 1, 0)
    assert not acme.settings().existing_on
    with tenant(acme.organization):
        assert AuditEntry.objects.get(action="export.chosen").after == {"prospects": 2}
        assert not ExportRun.objects.exists()


def test_exported_prospects_are_skipped_and_rejected_ones_retried(
    acme: Exporter, admin: Client, vendor: Vendor
) -> None:
    ana, tom = acme.prospect("Ana Ruiz"), acme.prospect("Tom Beck")
    vendor.tell("faults", route=ADD, kind="status", status=400)
    acme.export()
    assert acme.states() == {WorkState.DONE: 1, WorkState.DEAD: 1}
    assert "2 prospects. 1 is already exported and will be skipped." in text(admin.get(address(acme, ana, tom)))
    admin.post(address(acme, ana, tom))
    acme.work()
    assert len(acme.items()) == 2
    assert (len(acme.there(ana)), len(acme.there(tom))) == (1, 1)
    assert "All of them are already exported or queued." in text(admin.get(address(acme, ana, tom)))


def test_a_failed_export_without_a_run_can_be_repeated_from_the_prospects_page(
    acme: Exporter, admin: Client, vendor: Vendor
) -> None:
    ana = acme.prospect("Ana Ruiz")
    vendor.tell("faults", route=ADD, kind="status", status=400)
    admin.post(address(acme, ana))
    acme.work()
    page = admin.get(reverse("prospects:detail", args=[acme.organization.slug, ana.uid])).content.decode()
    assert f'href="{address(acme, ana)}">Export again…' in page
    admin.post(address(acme, ana))
    acme.work()
    assert len(acme.there(ana)) == 1


def test_a_stopped_run_stays_stopped_for_the_other_prospects(acme: Exporter, admin: Client) -> None:
    ana, tom = acme.prospect("Ana Ruiz"), acme.prospect("Tom Beck")
    run = acme.start()
    with tenant(acme.organization):
        runs.stop(run)
    assert "1 prospect queued." in text(admin.post(address(acme, ana), follow=True))
    acme.work()
    assert (len(acme.there(ana)), len(acme.there(tom))) == (1, 0)
    assert acme.run(run).stopped_at
    assert acme.states() == {WorkState.DONE: 1, WorkState.HELD: 1}


def test_nothing_starts_without_a_selection_or_with_a_missing_source(client: Client, vendor: Vendor) -> None:
    acme = exporter(vendor)
    admin, ana = signed_in(client, acme.admin), acme.prospect()
    assert "Export selected" not in text(listed(acme, admin))
    assert admin.get(address(acme, ana))["Location"] == url(acme, "export_settings")
    acme.choose()
    assert "Export selected" in text(listed(acme, admin))
    for bad in ("", "?prospect=nonsense", "?prospect=00000000-0000-4000-8000-000000000000"):
        page = admin.get(url(acme, "export_chosen") + bad, follow=True)
        assert "Select the prospects to export" in text(page)
    remove_source(vendor, "Crosschq")
    admin.post(address(acme, ana))
    acme.work()
    assert acme.item().reason == "The source “Crosschq” is no longer in SmartRecruiters."
    assert acme.creates() == 0


def test_the_exported_badge_links_to_the_candidate_id(acme: Exporter, admin: Client) -> None:
    ana = acme.prospect()
    detail = reverse("prospects:detail", args=[acme.organization.slug, ana.uid])
    assert f'href="{detail}#export"' not in listed(acme, admin).content.decode()
    acme.export()
    assert f'href="{detail}#export"' in listed(acme, admin).content.decode()
    assert acme.item().candidate_id in text(admin.get(detail))


def test_members_who_may_not_export_get_no_checkboxes(acme: Exporter) -> None:
    acme.prospect()
    recruiter = signed_in(Client(), make_member(acme.organization, Role.RECRUITER))
    assert "Export selected" not in text(listed(acme, recruiter))
    assert 'name="prospect"' not in listed(acme, recruiter).content.decode()
