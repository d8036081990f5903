"""A thousand jobs and five thousand tags: three jobs can be selected by keyboard, with and without scripts."""

from __future__ import annotations

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from crosschq.tenancy.scope import tenant
from prospects.models import KnownTag
from tests.browser.contexts import opened
from tests.browser.hands import widths_and_scripts
from tests.factories import signed_in
from tests.prospects.export.test_export_pages import url
from tests.prospects.export_options.test_export_job_choice import MOST_BYTES
from tests.prospects.exporting import Exporter, exporter
from tests.vendor import Vendor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
JOBS, TAGS = 1000, 5000
CHOSEN = ["Controller 0007", "Controller 0500", "Controller 0999"]


@pytest.fixture
def acme(vendor: Vendor) -> Exporter:
    vendor.tell("seed", jobs=[{"title": f"Controller {number:04}"} for number in range(JOBS)])
    acme = exporter(vendor)
    settings = acme.choose()
    with tenant(acme.organization):
        KnownTag.objects.bulk_create(
            KnownTag(organization=acme.organization, settings=settings, tag=f"Tag {number}", tag_key=f"tag {number}")
            for number in range(TAGS)
        )
    return acme


def choose_by_keyboard(page: Page, title: str, presses: list[str]) -> None:
    """Type a text that matches only one job, and press Enter. `presses`: each key other than a letter."""
    find = page.get_by_label("Find jobs", exact=True)
    while not find.evaluate("field => field === document.activeElement"):
        page.keyboard.press("Tab")
        presses.append("Tab")
    page.keyboard.type(title)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    presses.append("Enter")


@pytest.mark.parametrize(("width", "scripts"), widths_and_scripts(first=(390, True)))
def test_three_of_a_thousand_jobs_can_be_selected_by_keyboard_on_a_small_page(
    chromium: Browser, site: str, acme: Exporter, client: Client, scripts: bool, width: int
) -> None:
    assert len(signed_in(client, acme.admin).get(url(acme, "export_settings")).content) < MOST_BYTES
    context = opened(chromium, site, acme.admin, viewport={"width": width, "height": 844}, java_script_enabled=scripts)
    page = context.new_page()
    page.goto(url(acme, "export_settings"))
    expect(page.get_by_text(f"Jobs 1 to 20 of {JOBS + 6}")).to_be_visible()
    presses: list[str] = []
    for title in CHOSEN:
        choose_by_keyboard(page, title, presses)
    assert presses.count("Enter") == len(CHOSEN)
    assert presses.count("Tab") <= 20, "the field keeps the focus after each choice"
    jobs = page.get_by_role("group", name="Jobs", exact=True)
    expect(jobs.locator("label", has=page.locator(":checked"))).to_contain_text(CHOSEN)
    assert not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    with page.expect_navigation():
        page.get_by_role("button", name="Save export settings").press("Enter")
    context.close()
    assert [job["title"] for job in acme.settings().jobs] == CHOSEN
