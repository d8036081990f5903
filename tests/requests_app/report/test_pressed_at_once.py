"""The same button of a report pressed twenty times at the same moment, as from tabs, has its effect once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from crosschq.core import clock
from crosschq.tenancy.models import Role
from crosschq.tenancy.scope import tenant
from requests_app.models import Reader, ReaderRole, ReportFile, ReportVersion, ReportView
from requests_app.start.start import ReportReader
from tests.audit import audited
from tests.factories import make_member, make_organization, make_user, signed_in
from tests.patience import SECONDS
from tests.requests_app.factories import RequestScenario, answer, ready_request
from tests.requests_app.report.test_report_access import HAL
from tests.requests_app.report.test_report_access import path as public_path
from tests.requests_app.report.versions.test_versions import finished_without_the_second
from tests.requests_app.staff.acting import path

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
TIMES = 20
JO = "jo@client.example"


def at_once(act: Callable[[Client], Any], browser: Client) -> list[int]:
    """Act in as many threads, each with this browser's cookies. Returns the statuses."""
    together = Barrier(TIMES)

    def run(_number: int) -> int:
        tab = Client()
        tab.cookies = browser.cookies
        together.wait(SECONDS)
        try:
            status: int = act(tab).status_code
            return status
        finally:
            connection.close()

    with ThreadPoolExecutor(TIMES) as pool:
        found = list(pool.map(run, range(TIMES)))
    assert max(found) < 500
    return found


def recruiter(scenario: RequestScenario) -> Client:
    return signed_in(Client(), make_member(scenario.organization, Role.RECRUITER, make_user(name="Rae Lin")))


def late() -> RequestScenario:
    scenario = finished_without_the_second(make_organization("Acme GmbH"))
    answer(scenario, 2, rating=2)
    return scenario


def test_share_emails_the_reader_once() -> None:
    scenario = ready_request()
    at_once(lambda tab: tab.post(path(scenario, "report/share/"), {"email": JO, "days": "30"}), recruiter(scenario))
    with tenant(scenario.organization):
        assert Reader.objects.filter(email=JO).count() == 1
    assert len(scenario.emails("report_shared")) == 1
    assert len(audited(scenario.organization, action="report.share")) == 1


def test_ask_emails_the_owner_once_and_grant_emails_the_reader_once() -> None:
    scenario = ready_request()
    asked = {"name": "Jo", "email": JO, "reason": "I hire."}
    at_once(lambda tab: tab.post(f"{public_path(scenario)}ask/", asked), Client())
    assert len(scenario.emails("access_asked")) == 1
    with tenant(scenario.organization):
        reader = Reader.objects.get(email=JO)
    at_once(lambda tab: tab.post(path(scenario, "report/share/"), {"grant": str(reader.uid)}), recruiter(scenario))
    assert len(scenario.emails("report_shared")) == 1
    at_once(lambda tab: tab.post(path(scenario, "report/share/"), {"stop": str(reader.uid)}), recruiter(scenario))
    assert len(audited(scenario.organization, action="report.stop_sharing")) == 1


def test_a_late_answer_makes_one_version() -> None:
    scenario = late()
    accept = path(scenario, f"references/{scenario.reference(2).uid}/accept/")
    at_once(lambda tab: tab.post(accept), recruiter(scenario))
    with tenant(scenario.organization):
        assert [v.number for v in ReportVersion.objects.order_by("number")] == [1, 2]


def test_reopen_continues_the_request_once_and_emails_each_reference_once() -> None:
    scenario = finished_without_the_second(make_organization("Acme GmbH"))
    before = len(scenario.emails())
    until = (clock.now() + timedelta(days=7)).date().isoformat()
    at_once(lambda tab: tab.post(path(scenario, "reopen/"), {"due_on": until}), recruiter(scenario))
    assert sum("reopened the request" in line for line in scenario.timeline()) == 1
    sent = [(email.kind, email.to_email) for email in scenario.emails()[before:]]
    assert sent
    assert len(sent) == len(set(sent))


def test_a_pdf_is_made_once_and_one_reader_has_one_view() -> None:
    scenario = ready_request(readers=(ReportReader("Hal", HAL, ReaderRole.HIRING_MANAGER),))
    browser = recruiter(scenario)
    at_once(lambda tab: tab.post(path(scenario, "report/pdf/")), browser)
    at_once(lambda tab: tab.get(path(scenario, "report/")), browser)
    with tenant(scenario.organization):
        assert (ReportFile.objects.count(), ReportView.objects.count()) == (1, 1)
