"""Exact values to enter in SmartRecruiters: copied by a button, or selected if scripts are off."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from connectors.models import Connection
from connectors.setup import checks
from crosschq.tenancy.scope import tenant
from tests.browser.rules import broken
from tests.browser.test_export import acme, connection_page, pages
from tests.prospects.exporting import Exporter
from tests.templates_app.factories import make_template

__all__ = ["acme"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SETTINGS = {"Name": "Reference template", "Type": "free text", "Category": "job", "Visibility": "internal"}


@pytest.fixture
def lacking(acme: Exporter) -> Exporter:
    """Connected to a SmartRecruiters company without the job field."""
    with tenant(acme.organization):
        Connection.objects.filter(pk=acme.connection.pk).update(field_name=SETTINGS["Name"])
        acme.connection.refresh_from_db()
    checks.read(acme.connection)
    make_template(acme.organization, ats_tag="eng")
    return acme


@pytest.fixture
def page(chromium: Browser, site: str, lacking: Exporter) -> Iterator[Page]:
    for page in pages(chromium, site, lacking, scripts=True):
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        yield page


def pasted(page: Page) -> str:
    text: str = page.evaluate("navigator.clipboard.readText()")
    return text


def copied(page: Page, what: str) -> str:
    """The clipboard after clicking. The page confirms it."""
    page.locator("main .copy:visible", has_text=what).locator("button").first.click()
    expect(page.get_by_role("status").filter(has_text=f"Copied: {what}")).to_have_count(1)
    return pasted(page)


@pytest.mark.in_full
def test_each_setting_of_the_field_can_be_copied(page: Page, lacking: Exporter) -> None:
    page.goto(connection_page(lacking))
    page.get_by_text("How to create the field").click()
    for label, value in SETTINGS.items():
        line = page.locator(".kv > div", has=page.locator("dt", has_text=label)).filter(visible=True)
        assert line.locator("code").inner_text() == value
        assert copied(page, value) == value
    assert copied(page, "eng") == "eng"
    assert broken(page) == []


def test_a_tag_is_copied_without_the_clipboard_api_and_selected_by_a_click_without_scripts(
    chromium: Browser, site: str, page: Page, lacking: Exporter
) -> None:
    page.add_init_script("Object.defineProperty(Navigator.prototype, 'clipboard', {get: () => undefined})")
    page.goto(f"/o/{lacking.organization.slug}/templates/")
    copy = page.get_by_role("button", name="Copy eng")
    copy.focus()
    copy.press("Enter")
    expect(copy).to_have_text("Copied")
    expect(copy).to_be_focused()
    other = page.context.new_page()
    other.goto(page.url)
    other.bring_to_front()
    assert pasted(other) == "eng"
    for plain in pages(chromium, site, lacking, scripts=False):
        plain.goto(f"/o/{lacking.organization.slug}/templates/")
        expect(plain.locator("code", has_text="eng")).to_be_visible()
        expect(plain.locator("code", has_text="eng")).to_have_css("user-select", "all")
        expect(plain.get_by_text("Copy", exact=False).filter(visible=True)).to_have_count(0)
