"""Each version of a report's PDF is attached to the application exactly once."""

from __future__ import annotations

import uuid
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from connectors.attachment_writer import attach_report
from connectors.models import Attachment, Connection
from crosschq.core.outbox import work_item
from crosschq.core.outbox.fault_points import OF_ATTACHMENTS
from crosschq.core.outbox.work_item import WorkState
from crosschq.tenancy.models import Role
from crosschq.tenancy.scope import tenant
from tests.connected import already_connected, member_made_once
from tests.factories import make_member, signed_in
from tests.vendor import Vendor

POST = "POST /candidates/{id}/jobs/{jobId}/attachments"
PDF = b"%PDF-1.7 a report"


@pytest.fixture
def connection(vendor: Vendor) -> Connection:
    return already_connected(vendor, member_made_once(Role.OWNER))


def attach(
    connection: Connection, vendor: Vendor, name: str = "report 1.pdf", about: uuid.UUID | None = None, job: str = ""
) -> Attachment:
    with tenant(connection.organization):
        attach_report(
            connection=connection,
            candidate_id=vendor.candidate_id("Maya Osei"),
            job_id=job or vendor.job("Backend Engineer"),
            name=name,
            contents=PDF,
            about_kind="request",
            about_uid=about or uuid.uuid4(),
        )
        row: Attachment = Attachment.objects.order_by("-pk")[0]
    return row


def drained(item: Attachment) -> Attachment:
    with tenant(item.organization):
        Attachment.objects.filter(state=WorkState.PENDING).update(available_at="2000-01-01T00:00Z")
    work_item.drain(Attachment)
    with tenant(item.organization):
        row: Attachment = Attachment.objects.get(pk=item.pk)
    return row


def files(vendor: Vendor) -> list[str]:
    return sorted(file["name"] for file in vendor.candidate("Maya Osei")["attachments"])


def test_the_file_is_on_the_application_and_no_longer_with_us(vendor: Vendor, connection: Connection) -> None:
    before = files(vendor)
    done = drained(attach(connection, vendor))
    assert (done.state, done.contents) == (WorkState.DONE, "")
    assert done.ats_id
    assert sorted([*before, "report 1.pdf"]) == files(vendor)


def test_a_version_is_attached_once_and_a_new_version_too(vendor: Vendor, connection: Connection) -> None:
    about, before = uuid.uuid4(), files(vendor)
    first = drained(attach(connection, vendor, about=about))
    assert attach(connection, vendor, about=about).pk == first.pk
    drained(attach(connection, vendor, "report 2.pdf", about))
    assert sorted([*before, "report 1.pdf", "report 2.pdf"]) == files(vendor)


def test_a_newer_version_replaces_one_that_waits(vendor: Vendor, connection: Connection) -> None:
    about, before = uuid.uuid4(), files(vendor)
    attach(connection, vendor, about=about)
    drained(attach(connection, vendor, "report 2.pdf", about))
    assert sorted([*before, "report 2.pdf"]) == files(vendor)


@pytest.mark.parametrize("lost", ["reset", "truncated"])
def test_a_file_whose_response_was_lost_is_looked_up_and_not_repeated(
    vendor: Vendor, connection: Connection, lost: str
) -> None:
    before = files(vendor)
    vendor.tell("faults", route=POST, kind=lost, when="after")
    waiting = drained(attach(connection, vendor))
    assert waiting.state == WorkState.PENDING
    assert drained(waiting).state == WorkState.DONE
    assert sorted([*before, "report 1.pdf"]) == files(vendor)


@pytest.mark.parametrize("point", OF_ATTACHMENTS)
def test_a_file_is_attached_once_after_an_error_before_or_after_the_call(
    vendor: Vendor, connection: Connection, settings: Settings, tmp_path: Path, point: str
) -> None:
    settings.FAULT_DIR = str(tmp_path)
    (tmp_path / point).write_text("raise", encoding="ascii")
    before, item = files(vendor), attach(connection, vendor)
    assert drained(item).state == WorkState.PENDING
    assert not (tmp_path / point).exists()
    with time_machine.travel(timedelta(seconds=131)):  # until then the ATS may still be working on it
        assert drained(item).state == WorkState.DONE
    assert files(vendor) == sorted([*before, "report 1.pdf"])


def test_a_file_for_no_application_is_set_aside_with_a_reason(vendor: Vendor, connection: Connection) -> None:
    failed = drained(attach(connection, vendor, job=vendor.job("Sales Lead")))
    assert failed.state == WorkState.DEAD
    assert failed.reason


def test_the_switch_on_the_connection_page_is_off_at_first(connection: Connection, client: Client) -> None:
    organization = connection.organization
    browser = signed_in(client, make_member(organization, Role.ADMIN))
    page = browser.get(reverse("connectors:manage", args=[organization.slug, "smartrecruiters"])).content.decode()
    button = page[page.index('id="switch-attachments"') - 300 : page.index('id="switch-attachments"') + 300]
    assert 'aria-checked="false"' in button
    assert "Attach Crosschq 360 Report to candidate's profile upon completion" in page
