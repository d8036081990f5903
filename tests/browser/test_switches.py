"""The switches of the connection page in Chromium: immediate, reverted on failure, and usable without scripts."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client
from playwright.sync_api import Browser, Locator, Page, Route, expect

from connectors.models import Connection
from crosschq.tenancy.scope import tenant
from tests.browser.hands import flip, go
from tests.browser.rules import broken
from tests.browser.test_export import acme, connection_page, pages
from tests.extent import first_of
from tests.prospects.exporting import Exporter

__all__ = ["acme"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
REQUESTS = "Make Candidate Requests from SmartRecruiters"
EXISTING = "Export Prospects from Crosschq to SmartRecruiters"
NEW = "Automatically Export New Prospects to SmartRecruiters"
FAILED = "Not saved. Try again"


@pytest.fixture
def page(chromium: Browser, site: str, acme: Exporter) -> Iterator[Page]:
    for page in pages(chromium, site, acme, scripts=True):
        page.goto(connection_page(acme))
        yield page


def switch(page: Page, name: str) -> Locator:
    return page.get_by_role("switch", name=name)


def state(page: Page, name: str) -> Locator:
    return page.locator(".switch-row", has_text=name).locator(".switch-state")


def requests_on(acme: Exporter) -> bool:
    with tenant(acme.organization):
        return Connection.objects.get(pk=acme.connection.pk).requests_on


def test_a_switch_works_in_place_and_the_page_describes_its_effect(page: Page, acme: Exporter) -> None:
    go(page.get_by_role("button", name="Check connection now"))
    expect(page.locator("#ended")).to_contain_text("steps are done")
    page.evaluate("window.stays = true")
    before = page.locator("#status").inner_text()
    assert before.startswith("Setup ")
    flip(switch(page, REQUESTS))
    expect(page.locator("#ended")).to_have_text("")
    expect(state(page, REQUESTS)).to_have_text("On")
    expect(switch(page, REQUESTS)).to_be_checked()
    expect(switch(page, REQUESTS)).to_be_focused()
    assert requests_on(acme)
    expect(page.locator("#notices")).to_contain_text("Candidates already there won't be contacted.")
    expect(page.locator("#status")).not_to_have_text(before)
    flip(switch(page, REQUESTS))
    expect(state(page, REQUESTS)).to_have_text("Off")
    assert not requests_on(acme)
    assert page.evaluate("window.stays"), "it is still the page that was opened"


def test_a_switch_says_that_it_is_being_saved_stays_without_a_network_and_leads_to_sign_in_without_a_session(
    page: Page,
) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/requests/", hold)
    switch(page, REQUESTS).press("Space")
    expect(switch(page, REQUESTS)).to_be_checked()
    expect(state(page, REQUESTS)).to_have_text("Saving…")
    held[0].continue_()
    expect(state(page, REQUESTS)).to_have_text("On")
    page.unroute_all()
    page.context.set_offline(True)
    flip(switch(page, REQUESTS))
    expect(state(page, REQUESTS)).to_have_text(FAILED)
    page.context.set_offline(False)
    flip(switch(page, REQUESTS))
    expect(state(page, REQUESTS)).to_have_text("Off")
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    flip(switch(page, REQUESTS))
    expect(page.get_by_label("Password")).to_be_visible()


# 0: the response is lost.
FAILURES = [(REQUESTS, 0), (EXISTING, 503), (REQUESTS, 503), (NEW, 0), (NEW, 400)]


@pytest.mark.in_full
@pytest.mark.parametrize(("name", "status"), first_of(FAILURES))
def test_a_failed_switch_reverts_and_says_so(page: Page, acme: Exporter, name: str, status: int) -> None:
    was = state(page, name).inner_text()
    there = page.url

    def fail(route: Route) -> None:
        if route.request.method != "POST":
            route.continue_()
        elif status:
            route.fulfill(status=status, body="No.")
        else:
            route.abort()

    page.route("**/*", fail)
    flip(switch(page, name))
    assert page.url == there
    expect(state(page, name)).to_have_text(FAILED)
    expect(switch(page, name)).not_to_be_checked()
    expect(page.get_by_role("status").filter(has_text=f"{name}: {FAILED}")).to_have_count(1)
    assert not requests_on(acme)
    page.unroute_all()
    if name == REQUESTS:
        assert broken(page) == []
    flip(switch(page, name))
    expect(switch(page, name)).to_be_checked()
    assert state(page, name).inner_text() not in (was, FAILED)


def test_the_export_switch_opens_the_numbers_and_is_off_after_going_back(page: Page, acme: Exporter) -> None:
    acme.choose()
    acme.prospect()
    flip(switch(page, EXISTING))
    expect(page.get_by_role("button", name="Export 1 prospect")).to_be_visible()
    page.go_back()
    expect(switch(page, EXISTING)).not_to_be_checked()
    expect(state(page, EXISTING)).to_have_text("Off")


@pytest.mark.slow
def test_a_switch_works_without_scripts(chromium: Browser, site: str, acme: Exporter) -> None:
    for plain in pages(chromium, site, acme, scripts=False):
        plain.goto(connection_page(acme))
        go(switch(plain, REQUESTS))
        expect(state(plain, REQUESTS)).to_have_text("On")
        assert requests_on(acme)


def test_the_scripts_of_a_page_stay_under_20_kilobytes(client: Client, acme: Exporter) -> None:
    client.force_login(acme.admin)
    html = client.get(connection_page(acme)).content.decode()
    sources = re.findall(r'<script\b[^>]*\bsrc="/static/([^"]+)"', html)
    found = [Path(str(finders.find(source))) for source in sources]
    assert len(found) == html.count("<script") == 2
    assert sum(len(gzip.compress(path.read_bytes())) for path in found) < 20 * 1024
