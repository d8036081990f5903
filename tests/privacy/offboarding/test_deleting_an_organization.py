"""An owner exports everything, and deletes the organization after a week in which this can be canceled."""

import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from connectors.connection import connect
from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.core.restore import mode
from crosschq.messaging.models import Message
from crosschq.messaging.sending.caps import CAPS
from crosschq.privacy.models import DataExport, Offboarding
from crosschq.privacy.offboarding.request import ask_to_delete, keep
from crosschq.privacy.offboarding.tables import count_rows
from crosschq.privacy.retention.models import LegalHold
from crosschq.tenancy.models import AuditEntry, Membership, Organization, Role, User
from crosschq.tenancy.scope import cross_tenant, tenant
from requests_app.models import ReferenceRequest
from tests.accounts.confirming import CONFIRM, press
from tests.factories import make_connection, make_member, make_organization
from tests.privacy.desk_pages import admin_of, desk, words
from tests.prospects.factories import make_prospect
from tests.requests_app.factories import ready_request, waiting_request
from tests.vendor import Vendor, connected

KINDS = ("organization_deletion_requested", "organization_deletion_canceled")


@pytest.fixture(autouse=True)
def ledger(settings: Settings, tmp_path: Path) -> Path:
    settings.ERASURE_LEDGER = str(tmp_path / "erasures.jsonl")
    return tmp_path / "erasures.jsonl"


def left(key: int) -> dict[str, int]:
    with cross_tenant("a test counts"):
        return count_rows(key)


def page(organization: Organization) -> str:
    return f"{desk(organization)}organization/"


def asked(organization: Organization) -> Client:
    owner = admin_of(organization, Role.OWNER)
    press(owner, page(organization), {"typed": organization.name})
    return owner


def a_week_later() -> Any:
    return time_machine.travel(clock.now() + timedelta(days=7, minutes=1))


def test_a_deletion_needs_the_name_and_a_proof_of_identity() -> None:
    organization = make_organization()
    owner = admin_of(organization, Role.OWNER)
    shown = owner.post(page(organization), {"typed": "Acme"})
    assert "This isn't the name of the organization" in words(shown)
    assert owner.post(page(organization), {"typed": organization.name})["Location"].startswith(CONFIRM)
    with tenant(organization):
        assert not Offboarding.objects.exists()


def test_for_a_week_nothing_happens_and_an_owner_can_cancel() -> None:
    organization = ready_request().organization
    owner = asked(organization)
    assert "will be deleted on" in words(owner.get(page(organization)))
    with time_machine.travel(clock.now() + timedelta(days=6, hours=23)):
        work_item.drain(Offboarding)
    assert "The organization stays" in words(owner.post(f"{page(organization)}keep/", follow=True))
    with a_week_later():
        work_item.drain(Offboarding)
    assert left(organization.pk)["requests_app.ReferenceRequest"] == 1


def test_every_owner_is_emailed_when_one_asks_for_the_deletion_and_when_one_cancels_it() -> None:
    organization = make_organization()
    other = make_member(organization, Role.OWNER)
    make_member(organization, Role.ADMIN)
    owner = asked(organization)
    owner.post(f"{page(organization)}keep/")
    with tenant(organization):
        emails = list(Message.objects.filter(kind__startswith="organization_deletion").order_by("pk"))
        owners = set(Membership.objects.filter(role=Role.OWNER).values_list("user__email", flat=True))
    assert other.email in owners
    assert [{each.to_email for each in emails if each.kind == kind} for kind in KINDS] == [owners, owners]
    assert f"{organization} will be deleted" in emails[0].subject
    assert "asked to delete" in emails[0].text
    assert page(organization) in emails[0].text


def test_repeated_deletion_requests_stop_emailing_at_the_cap_and_still_work() -> None:
    organization = make_organization()
    owner = make_member(organization, Role.OWNER)
    with tenant(organization):
        for _time in range(CAPS["deletions"].to_address):
            ask_to_delete(organization, actor=owner)
            keep(organization, actor=owner)
        ask_to_delete(organization, actor=owner)
        assert Message.objects.filter(kind__startswith="organization_deletion").count() == CAPS["deletions"].to_address
        assert Offboarding.objects.filter(state="pending").count() == 1


def test_after_a_week_every_row_is_gone_and_other_organizations_keep_theirs(ledger: Path) -> None:
    organization, other = make_organization(), ready_request().organization
    waiting_request(organization)
    make_prospect(organization)
    asked(organization)
    before = left(other.pk)
    assert len(left(organization.pk)) > 12
    with a_week_later():
        work_item.drain(Offboarding)
    assert left(organization.pk) == {}
    assert left(other.pk) == before
    (line,) = ledger.read_text().splitlines()
    assert json.loads(line)["everything"]


def test_the_owner_learns_what_was_deleted_and_accounts_without_another_organization_are_deleted() -> None:
    organization, other = make_organization(), make_organization()
    both = make_member(organization, Role.VIEWER)
    make_member(other, Role.VIEWER, both)
    only = make_member(organization, Role.VIEWER)
    asked(organization)
    with a_week_later():
        work_item.drain(Offboarding)
    assert User.objects.filter(pk=both.pk).exists()
    assert not User.objects.filter(pk=only.pk).exists()
    with cross_tenant("an email of no organization"):
        email = Message.objects.get(kind="organization_deleted")
    assert "was deleted from Crosschq" in email.text


def test_an_unreachable_ats_delays_the_deletion_also_without_the_owner_who_asked(vendor: Vendor) -> None:
    organization = make_organization()
    connected(vendor, organization, make_member(organization, Role.ADMIN))
    asked(organization)
    with tenant(organization):
        Offboarding.objects.update(asked_by=None, available_at=clock.now())
    vendor.tell("faults", route="DELETE /webhooks-api/v201907/subscriptions/{id}", kind="status", status=503)
    work_item.drain(Offboarding)
    with tenant(organization):
        offboarding = Offboarding.objects.get()
    assert (offboarding.attempts, offboarding.is_under_way) == (1, True)
    assert len(vendor.ask("state")["subscriptions"]) == 1
    vendor.tell("faults/clear")
    with tenant(organization):
        Offboarding.objects.update(available_at=clock.now())
    work_item.drain(Offboarding)
    assert vendor.ask("state")["subscriptions"] == []
    assert left(organization.pk) == {}


def test_an_ats_that_stays_unreachable_or_refuses_us_does_not_prevent_the_deletion(vendor: Vendor) -> None:
    organization = make_organization()
    connected(vendor, organization, make_member(organization, Role.ADMIN))
    asked(organization)
    with tenant(organization):
        Offboarding.objects.update(available_at=clock.now(), attempts=len(Offboarding.retry_delays))
    vendor.tell("faults", route="DELETE /webhooks-api/v201907/subscriptions/{id}", kind="status", status=503)
    work_item.drain(Offboarding)
    assert left(organization.pk) == {}


def test_a_sign_in_that_ends_while_the_organization_is_deleted_is_refused(
    vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    organization, disconnect = make_organization(), connect.disconnect
    admin = make_member(organization, Role.ADMIN)
    connected(vendor, organization, admin)
    asked(organization)
    # An admin can still connect in the week before.
    connected(vendor, organization, admin)
    client, button = admin_of(organization), reverse("connectors:connect", args=[organization.slug, "smartrecruiters"])
    code = vendor.consent(client.post(button)["Location"])["code"]

    def disconnect_and_sign_in(**given: Any) -> bool:
        is_unsubscribed = disconnect(**given)
        with pytest.raises(connect.ConnectRefused, match="is being deleted, so it can't be connected"):
            connect.complete(organization=organization, user=admin, vendor="smartrecruiters", code=code)
        assert "is being deleted, so it can't be connected" in words(client.post(button, follow=True))
        return is_unsubscribed

    monkeypatch.setattr(connect, "disconnect", disconnect_and_sign_in)
    with tenant(organization):
        Offboarding.objects.update(available_at=clock.now())
    work_item.drain(Offboarding)
    assert vendor.ask("state")["subscriptions"] == []
    assert left(organization.pk) == {}


def test_everything_is_exported_with_one_file_for_each_table_and_without_secrets() -> None:
    organization = ready_request().organization
    make_connection(organization, access_token="secret token")
    owner = admin_of(organization, Role.OWNER)
    answer = owner.post(f"{page(organization)}export/")
    work_item.drain(DataExport)
    made = owner.post(f"{answer['Location']}download/")
    with zipfile.ZipFile(io.BytesIO(made.content)) as archive:
        files = {name: archive.read(name).decode() for name in archive.namelist()}
    assert "maya@candidates.example" in files["requests_app.ReferenceRequest.jsonl"]
    assert "organization.export" in files["organizations.AuditEntry.jsonl"]
    assert "secret token" not in "".join(files.values())
    assert "access_token" not in "".join(files.values())


def test_an_export_of_everything_is_for_owners_even_if_an_admin_learns_its_address() -> None:
    organization = ready_request().organization
    owner, admin = admin_of(organization, Role.OWNER), admin_of(organization)
    address = owner.post(f"{page(organization)}export/")["Location"]
    work_item.drain(DataExport)
    for act in ("", "download/", "try-again/", "delete/"):
        answer = admin.post(address + act) if act else admin.get(address)
        assert answer.status_code == 404, act
    assert owner.post(f"{address}download/").content.startswith(b"PK")


def test_a_legal_hold_prevents_the_deletion_before_and_after_it_is_requested() -> None:
    organization = make_organization()
    owner = asked(organization)
    with tenant(organization):
        LegalHold.objects.create(organization=organization, reason="A dispute", reference_request_uid=organization.uid)
    with a_week_later():
        work_item.drain(Offboarding)
        assert "There is a legal hold" in words(owner.get(page(organization)))
    assert "organizations.Organization" in left(organization.pk)


def test_an_admin_who_is_not_an_owner_is_refused() -> None:
    organization = make_organization()
    assert admin_of(organization).get(page(organization)).status_code == 403


def test_a_restored_backup_does_not_bring_the_organization_back(ledger: Path) -> None:
    organization = ready_request().organization
    entry = {"erasure": str(organization.uid), "organization": str(organization.uid), "at": "", "person": ""}
    ledger.write_text(json.dumps({**entry, "everything": True}) + "\n")
    assert mode.replay_erasures() == 1
    assert left(organization.pk) == {}


def test_outside_of_a_deletion_the_audit_log_still_only_grows() -> None:
    organization = make_organization()
    asked(organization)
    with tenant(organization):
        AuditEntry.objects.all().delete()
        assert AuditEntry.objects.exists()
        assert not ReferenceRequest.objects.exists()


def test_a_deletion_that_was_canceled_after_its_line_was_written_is_not_repeated(ledger: Path) -> None:
    organization = make_organization()
    later = clock.now() + timedelta(seconds=1)
    with tenant(organization):
        canceled = Offboarding.objects.create(organization=organization, state="cancelled", finished_at=later)
    entry = {"erasure": str(canceled.uid), "organization": str(organization.uid), "at": clock.now().isoformat()}
    ledger.write_text(json.dumps({**entry, "person": "", "everything": True}) + "\n")
    assert mode.replay_erasures() == 0
    assert "organizations.Organization" in left(organization.pk)
