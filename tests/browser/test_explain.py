"""Explain and the dry run in Chromium: each state at three widths, light and dark, and without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from connectors.models import Connection
from crosschq.tenancy.models import User
from tests.browser.hands import go
from tests.browser.rules import broken
from tests.extent import in_full
from tests.factories import signed_in
from tests.vendor import Vendor
from tests.webhooks.conftest import admin, live
from tests.webhooks.moves import move_and_decide

__all__ = ["admin", "live"]
pytestmark = pytest.mark.browser
WIDTHS = (320, 390, 1280)
QUESTIONS = {
    "x": "There is a problem",
    "Maya": "Nothing prevents a request",
    "example.com": "Which one?",
    "Jonas Lind": "has an empty Crosschq tag",
    "Li Wei": "was moved to “On-site interview”",
    "Ravi Menon": "talent pool must first be a candidate",
}


@contextmanager
def opened(chromium: Browser, server: LiveServer, user: User, *, scripts: bool) -> Iterator[Page]:
    cookie = signed_in(Client(), user).cookies[settings.SESSION_COOKIE_NAME].value
    context = chromium.new_context(java_script_enabled=scripts, base_url=server.url)
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": server.url}])
    yield context.new_page()
    context.close()


@pytest.fixture
def page(chromium: Browser, live_server: LiveServer, admin: User) -> Iterator[Page]:
    with opened(chromium, live_server, admin, scripts=True) as page:
        yield page


@pytest.fixture
def plain_page(chromium: Browser, live_server: LiveServer, admin: User) -> Iterator[Page]:
    """axe is a script, so accessibility isn't checked here."""
    with opened(chromium, live_server, admin, scripts=False) as page:
        yield page


def path(connection: Connection, name: str) -> str:
    return reverse(f"events:{name}", args=[connection.organization.slug, "smartrecruiters"])


def ask(page: Page, connection: Connection, text: str) -> None:
    page.goto(path(connection, "explain"))
    page.get_by_label("Name, email, or SmartRecruiters link").fill(text)
    go(page.get_by_role("button", name="Explain"))


@pytest.mark.slow
def test_explain_is_readable_in_each_state(vendor: Vendor, live: Connection, page: Page) -> None:
    move_and_decide(live, vendor, "Jonas Lind", "Sales Lead")
    vendor.move("Maya Osei", "Backend Engineer")
    for step in ("Crosschq", "On-site interview"):
        vendor.move("Li Wei", "Site Reliability Engineer", step=step)
    found: list[object] = []
    for text, said in list(QUESTIONS.items())[: None if in_full() else 3]:
        ask(page, live, text)
        page.get_by_text(said).first.wait_for()
        found += broken(page, WIDTHS)
    assert found == []


@pytest.mark.in_full
@pytest.mark.slow
def test_the_dry_run_is_readable_and_links_to_a_preview(live: Connection, page: Page) -> None:
    page.goto(path(live, "dry_run"))
    found = broken(page, WIDTHS)
    go(page.get_by_role("button", name="Read all jobs"))
    page.get_by_text("3 of 6 jobs would send requests").wait_for()
    found += broken(page, WIDTHS)
    go(page.get_by_role("button", name="Preview Backend Engineer"))
    page.get_by_text("Hello Alex,").wait_for()
    found += broken(page, WIDTHS)
    assert found == []


@pytest.mark.slow
def test_explain_and_the_dry_run_work_without_scripts(vendor: Vendor, live: Connection, plain_page: Page) -> None:
    page = plain_page
    ask(page, live, "example.com")
    go(page.get_by_role("button", name="Explain Sam Keller, Marketing Intern"))
    page.get_by_text("not at “Crosschq”").wait_for()
    vendor.move("Maya Osei", "Backend Engineer")
    ask(page, live, "Maya")
    go(page.get_by_role("button", name="Send request"))
    page.get_by_text("On its way").wait_for()
    page.goto(path(live, "dry_run"))
    go(page.get_by_role("button", name="Read all jobs"))
    go(page.get_by_role("button", name="Preview Backend Engineer"))
    page.get_by_text("Hello Alex,").wait_for()
