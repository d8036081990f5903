"""Review and send in Chromium: from turning requests on to the candidates already at the step, without scripts."""

from __future__ import annotations

import pytest
from django.urls import reverse
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from connectors.models import Connection
from connectors.setup import checks
from crosschq.core.outbox import work_item
from crosschq.tenancy.models import User
from tests.browser.hands import go
from tests.browser.rules import broken
from tests.browser.test_event_log import address, opened
from tests.vendor import Vendor
from tests.webhooks.conftest import admin, live
from tests.webhooks.log.test_review import INES, JONAS, MAYA, turn, waiting, work_is_done
from tests.webhooks.moves import requests_of
from webhooks.models import InboundEvent

__all__ = ["admin", "live"]
pytestmark = pytest.mark.browser


@pytest.fixture
def off(vendor: Vendor, live: Connection, admin: User) -> Connection:
    """Three candidates are at the step, and requests are off."""
    checks.read(live)
    work_is_done()
    turn(live, admin, on=False)
    for name, job in (MAYA, INES, JONAS):
        vendor.move(name, job)
    return live


@pytest.mark.slow
def test_turning_requests_on_leads_to_the_candidates_already_at_the_step(
    chromium: Browser, live_server: LiveServer, off: Connection, admin: User
) -> None:
    context = opened(chromium, live_server, admin, scripts=False)
    page = context.new_page()
    page.goto(reverse("connectors:manage", args=[off.organization.slug, "smartrecruiters"]))
    go(page.locator("#switch-requests"))
    go(page.get_by_role("link", name="Review and send").first)
    work_is_done()
    page.reload()
    page.get_by_label("Maya Osei").check()
    page.get_by_label("Inês Duarte").check()
    go(page.get_by_role("button", name="Send to selected…"))
    go(page.get_by_role("button", name="Send 2 requests"))
    work_item.drain(InboundEvent)
    page.get_by_label("Jonas Lind").check()
    go(page.get_by_role("button", name="Not these"))
    text = page.inner_text("main")
    context.close()
    assert "Nobody is waiting" in text
    assert len(requests_of(off)) == 2


@pytest.mark.slow
def test_review_pages_are_accessible(chromium: Browser, live_server: LiveServer, off: Connection, admin: User) -> None:
    context = opened(chromium, live_server, admin, scripts=True)
    page, wrong = context.new_page(), []
    page.goto(address(off, "review"))
    wrong += broken(page)
    turn(off, admin, on=True)
    work_is_done()
    assert len(waiting(off)) == 3
    for path in (
        reverse("connectors:manage", args=[off.organization.slug, "smartrecruiters"]),
        address(off, "list"),
        address(off, "review") + "?all=1",
    ):
        page.goto(path)
        wrong += broken(page)
    go(page.get_by_role("button", name="Send to selected…"))
    wrong += broken(page)
    context.close()
    assert wrong == []
