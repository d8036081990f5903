"""The pages of a report: the same for members and readers, in both orders, with any text as text."""

from __future__ import annotations

import gzip

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from crosschq.tenancy.models import Role
from requests_app.models import ReaderRole
from requests_app.start.start import ReportReader
from tests.factories import make_member, make_organization, make_user, signed_in
from tests.requests_app.factories import RequestScenario, answer, waiting_request
from tests.requests_app.pages import text
from tests.requests_app.report.scenarios import MARKUP, PEOPLE, report_of_five
from tests.requests_app.report.test_report_access import HAL, with_pass
from tests.requests_app.report.test_report_access import path as public_path

pytestmark = pytest.mark.django_db
MAX_BYTES = 60_000


def member(scenario: RequestScenario) -> Client:
    return signed_in(Client(), make_member(scenario.organization, Role.VIEWER, make_user(name="Dana Ruiz")))


def path(scenario: RequestScenario) -> str:
    return f"/o/{scenario.organization.slug}/requests/{scenario.reference_request.uid}/report/"


def main_part(page: str) -> str:
    return page[page.index("References") : page.index("How this report was made")]


def test_a_reader_with_a_code_sees_what_a_member_sees() -> None:
    organization = make_organization("Acme GmbH")
    scenario = report_of_five(organization, readers=(ReportReader("Hal", HAL, ReaderRole.HIRING_MANAGER),))
    reader = with_pass(scenario, HAL).get(public_path(scenario))
    staff = member(scenario).get(path(scenario))
    assert main_part(text(reader)) == main_part(text(staff))
    assert 'class="letter is-wide"' in reader.content.decode()


def test_each_answer_has_its_author_in_both_orders() -> None:
    scenario = report_of_five()
    browser = member(scenario)
    by_question = text(browser.get(path(scenario)))
    by_person = text(browser.get(f"{path(scenario)}?by=person"))
    assert "In their words" in by_question
    assert "In their words" not in by_person
    for name, *_more in PEOPLE:
        assert name in by_question
        assert name in by_person
    assert text(browser.get(f"{path(scenario)}?by=nonsense")) == by_question


def test_markup_in_names_and_answers_is_text() -> None:
    scenario = report_of_five()
    browser = member(scenario)
    for query in ("", "?by=person"):
        page = browser.get(path(scenario) + query)
        assert "<script>alert" not in page.content.decode()
        assert "<b>Tom</b>" not in page.content.decode()
        assert " ".join(MARKUP.split()) in text(page)
        assert "style=" not in page.content.decode()


def test_a_report_of_one_reference_without_a_self_reference_compares_nothing() -> None:
    scenario = waiting_request(self_reference=False)
    answer(scenario, 1)
    answer(scenario, 2, rating=None)
    page = text(member(scenario).get(path(scenario)))
    assert "Two ratings of the same question are needed to compare them" in page
    assert "Self-rating differs" not in page


def test_a_report_of_five_is_light_and_takes_few_queries() -> None:
    scenario = report_of_five()
    browser = member(scenario)
    browser.get(path(scenario))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        page = browser.get(path(scenario))
    assert len(gzip.compress(page.content)) < MAX_BYTES / 4
    assert len([q for q in queries if not q["sql"].startswith(("SAVEPOINT", "RELEASE", "SELECT set_config"))]) <= 16


def test_members_read_answers_as_they_arrive_marked_as_part_of_the_report() -> None:
    scenario = waiting_request()
    browser = member(scenario)
    assert "The report is not ready yet" in text(browser.get(path(scenario)))
    answer(scenario, 1)
    detail = text(browser.get(path(scenario).removesuffix("report/")))
    page = text(browser.get(path(scenario)))
    assert "Read the answers so far" in detail
    assert "1 of 2" in page
    assert "Not the whole report yet" in page
    assert "Very good." in page
    assert "Download PDF" not in page
    assert "How this report was made" not in page
