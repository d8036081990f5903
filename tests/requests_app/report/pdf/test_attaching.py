"""The PDF goes to the application where the connection is set so, and a changed report goes there again."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from django.test import Client

from connectors.models import Attachment, Connection
from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.tenancy.models import Role
from crosschq.tenancy.scope import tenant
from requests_app.erasure import erase_reference, erase_request
from requests_app.models import ReportFile
from tests.factories import make_connection, make_member, make_organization, signed_in
from tests.requests_app.factories import RequestScenario, ready_request

pytestmark = pytest.mark.django_db


def report(**connection: Any) -> RequestScenario:
    organization = make_organization("Acme GmbH")
    return ready_request(organization, connection=make_connection(organization, **connection))


def queued(scenario: RequestScenario) -> list[Attachment]:
    work_item.drain(ReportFile)
    with tenant(scenario.organization):
        return list(Attachment.objects.order_by("pk"))


def test_nothing_is_attached_unless_the_connection_says_so() -> None:
    scenario = report()
    assert queued(scenario) == []
    with tenant(scenario.organization):
        assert not ReportFile.objects.exists()


def test_a_finished_report_is_queued_for_its_application() -> None:
    scenario = report(attach_reports=True)
    (file,) = queued(scenario)
    assert (file.candidate_id, file.job_id) == ("candidate-1", "job-1")
    assert base64.b64decode(file.contents).startswith(b"%PDF")
    assert "Maya" not in file.name


def test_a_changed_report_is_attached_again_instead_of_its_old_version() -> None:
    scenario = report(attach_reports=True)
    (first,) = queued(scenario)
    with tenant(scenario.organization):
        Attachment.objects.update(state=WorkState.DONE)
        erase_reference(scenario.reference(2))
    first_again, second = queued(scenario)
    assert first_again.pk == first.pk
    assert second.name != first.name
    with tenant(scenario.organization):
        erase_reference(scenario.reference(1))
    left = [file.pk for file in queued(scenario)]
    assert first.pk in left
    assert second.pk not in left


def test_an_erased_request_leaves_no_file() -> None:
    scenario = report(attach_reports=True)
    assert queued(scenario)
    with tenant(scenario.organization):
        erase_request(scenario.reread())
    assert queued(scenario) == []


def test_an_admin_turns_the_switch_on_and_off() -> None:
    acme = make_organization("Acme GmbH")
    make_connection(acme)
    browser = signed_in(Client(), make_member(acme, Role.ADMIN))
    for wanted in ("1", "0"):
        answer = browser.post(f"/o/{acme.slug}/connectors/smartrecruiters/attachments/", {"on": wanted})
        assert answer["Location"].endswith("#switch-attachments")
        with tenant(acme):
            assert Connection.objects.get().attach_reports is (wanted == "1")


def test_a_file_that_could_not_be_attached_says_why_on_the_request() -> None:
    scenario = report(attach_reports=True)
    queued(scenario)
    with tenant(scenario.organization):
        Attachment.objects.update(state=WorkState.DEAD, reason="The application no longer exists.")
    browser = signed_in(Client(), make_member(scenario.organization, Role.VIEWER))
    page = browser.get(f"/o/{scenario.organization.slug}/requests/{scenario.reference_request.uid}/").content.decode()
    assert "Not attached" in page
    assert "The application no longer exists." in page
