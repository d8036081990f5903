"""A report says how many people read it: one person counts once, however they open it."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from crosschq.core import clock
from crosschq.tenancy.models import Organization, Role
from crosschq.tenancy.scope import tenant
from requests_app.erasure import erase_reader
from requests_app.models import Reader, ReaderRole
from requests_app.report.versions.record import record
from requests_app.start.start import ReportReader
from tests.architecture.pages import MOST_QUERIES, queries
from tests.factories import make_member, make_organization, make_user, signed_in
from tests.requests_app.factories import RequestScenario, answer, ready_request, waiting_request
from tests.requests_app.pages import text
from tests.requests_app.report.test_report_access import DANA, HAL, with_pass
from tests.requests_app.report.test_report_access import path as public_path

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme() -> Organization:
    return make_organization("Acme GmbH")


def report_for(organization: Organization) -> RequestScenario:
    return ready_request(organization, readers=(ReportReader("Hal", HAL, ReaderRole.HIRING_MANAGER),))


def member(organization: Organization, name: str, email: str) -> Client:
    return signed_in(Client(), make_member(organization, Role.VIEWER, make_user(email, name=name)))


def staff_path(scenario: RequestScenario, page: str = "") -> str:
    return f"/o/{scenario.organization.slug}/requests/{scenario.reference_request.uid}/{page}"


def read_with_code(scenario: RequestScenario, email: str) -> None:
    with_pass(scenario, email).get(public_path(scenario))


def facts(scenario: RequestScenario, browser: Client) -> str:
    return text(browser.get(staff_path(scenario)))


def test_a_new_report_says_that_nobody_opened_it(acme: Organization) -> None:
    scenario = report_for(acme)
    page = facts(scenario, member(acme, "Ines Roth", "ines@acme.example"))
    assert "Nobody has opened it yet" in page


def test_two_members_with_the_same_name_are_two_people(acme: Organization) -> None:
    """The name used to be all that identified them."""
    scenario = report_for(acme)
    for email in ("kim.one@acme.example", "kim.two@acme.example"):
        member(acme, "Kim Lee", email).get(staff_path(scenario, "report/"))
    assert "Read by 2 people" in facts(scenario, member(acme, "Ines Roth", "ines@acme.example"))
    assert scenario.timeline().count("Kim Lee opened the report") == 2


def test_a_member_who_changes_their_name_stays_one_person(acme: Organization) -> None:
    scenario = report_for(acme)
    browser = member(acme, "Ines Roth", "ines@acme.example")
    browser.get(staff_path(scenario, "report/"))
    user = acme.memberships.get(user__email="ines@acme.example").user
    user.name = "Ines Braun"
    user.save()
    browser.get(staff_path(scenario, "report/"))
    page = facts(scenario, browser)
    assert "Read by 1 person" in page
    assert "Ines Braun (Member)" in page
    assert "Ines Braun opened the report" not in scenario.timeline()


def test_many_visits_of_one_reader_count_once(acme: Organization) -> None:
    scenario = report_for(acme)
    for day in range(3):
        with time_machine.travel(clock.now() + timedelta(days=day)):
            read_with_code(scenario, HAL)
    page = facts(scenario, member(acme, "Ines Roth", "ines@acme.example"))
    assert "Read by 1 person" in page
    assert scenario.timeline().count("Hal (Hiring manager) opened the report") == 3


def test_readers_and_members_are_counted_together(acme: Organization) -> None:
    scenario = report_for(acme)
    ines = member(acme, "Ines Roth", "ines@acme.example")
    ines.get(staff_path(scenario, "report/"))
    for email in (HAL, DANA):
        read_with_code(scenario, email)
    assert "Read by 3 people" in facts(scenario, ines)


def test_a_reader_who_is_a_member_too_is_one_person(acme: Organization) -> None:
    scenario = report_for(acme)
    read_with_code(scenario, DANA)
    dana = member(acme, "Dana Ruiz", DANA)
    dana.get(staff_path(scenario, "report/"))
    assert "Read by 1 person" in facts(scenario, dana)


def test_an_erased_reader_is_no_longer_counted(acme: Organization) -> None:
    scenario = report_for(acme)
    read_with_code(scenario, HAL)
    with tenant(acme):
        erase_reader(Reader.objects.get(email=HAL))
    assert "Nobody has opened it yet" in facts(scenario, member(acme, "Ines Roth", "ines@acme.example"))


def test_the_first_visit_and_the_next_recorded_one_take_few_queries(acme: Organization) -> None:
    scenario = report_for(acme)
    add_version(scenario)
    browsers = {
        staff_path(scenario, "report/"): recruiter(acme),
        staff_path(scenario, "report/versions/1/"): recruiter(acme),
        public_path(scenario): with_pass(scenario, HAL),
    }
    assert {url: count for url, browser in browsers.items() if (count := cost(browser, url)) > MOST_QUERIES} == {}
    add_version(scenario)
    with time_machine.travel(clock.now() + timedelta(hours=2)):
        counts = {url: cost(browser, url) for url, browser in browsers.items()}
    assert scenario.timeline().count("Hal (Hiring manager) opened the report") == 2
    assert {url: count for url, count in counts.items() if count > MOST_QUERIES} == {}


def test_the_first_visit_before_there_is_a_report_takes_few_queries(acme: Organization) -> None:
    scenario = waiting_request(acme)
    answer(scenario, 1)
    assert cost(recruiter(acme), staff_path(scenario, "report/")) <= MOST_QUERIES


def recruiter(organization: Organization) -> Client:
    return signed_in(Client(), make_member(organization, Role.RECRUITER))


def add_version(scenario: RequestScenario) -> None:
    with tenant(scenario.organization):
        record(scenario.reference_request)


def cost(browser: Client, url: str) -> int:
    """The number of queries of this page."""
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(url).status_code == 200
    return len(queries(captured))
