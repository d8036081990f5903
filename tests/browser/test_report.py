"""The report in Chromium: nothing inaccessible, nothing cut, and a printout without empty pages."""

from __future__ import annotations

import io

import pytest
from playwright.sync_api import Browser, Page
from pypdf import PdfReader

from crosschq.tenancy.models import Role
from tests.browser.contexts import opened
from tests.browser.hands import go
from tests.browser.rules import broken
from tests.factories import make_member, make_organization, make_user
from tests.requests_app.report.scenarios import MARKUP, report_of_five

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def report(chromium: Browser, site: str) -> Page:
    """A member's page with a report of five references."""
    acme = make_organization("Acme GmbH")
    scenario = report_of_five(acme)
    member = make_member(acme, Role.ADMIN, make_user(name="Dana Ruiz"))
    page = opened(chromium, site, member).new_page()
    page.goto(f"/o/{acme.slug}/requests/{scenario.reference_request.uid}/report/")
    return page


@pytest.mark.slow
def test_a_report_of_five_is_accessible_and_fits_in_both_orders(report: Page) -> None:
    assert broken(report) == []
    go(report.get_by_role("link", name="By person"))
    assert report.get_by_role("heading", name="Lee Wong").is_visible()
    assert broken(report) == []


@pytest.mark.slow
def test_a_printed_report_has_no_empty_page_and_no_heading_at_the_end_of_a_page(report: Page) -> None:
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(report.pdf(format="A4"))).pages]
    assert len(pages) <= 9
    headings = {"Facts worth a look", "Ratings", "Choices", "In their words", "How this report was made"}
    for page in pages:
        lines = [line.strip() for line in page.splitlines() if line.strip()]
        assert len(lines) > 2
        assert lines[-1] not in headings
    printed = " ".join(" ".join(pages).split())
    assert "Who gave which rating" not in printed  # its summary; the table itself is open
    assert MARKUP[:25] in printed
