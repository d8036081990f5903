"""What a page shows while a worker queries SmartRecruiters: each state at three widths, and without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from connectors.background_tasks import lifecycle
from connectors.models import BackgroundTask, Connection
from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.tenancy.models import User
from crosschq.tenancy.scope import tenant
from tests.browser.hands import go, leave
from tests.browser.rules import broken
from tests.browser.test_explain import opened
from tests.extent import first_of
from tests.vendor import Vendor
from tests.webhooks.conftest import admin, live

__all__ = ["admin", "live"]
pytestmark = pytest.mark.browser
WIDTHS = (320, 390, 1280)


@pytest.fixture
def page(chromium: Browser, live_server: LiveServer, admin: User) -> Iterator[Page]:
    with opened(chromium, live_server, admin, scripts=True) as page:
        yield page


@pytest.fixture(params=first_of([True, False]), ids=["scripts", "no scripts"])
def any_page(request: pytest.FixtureRequest, chromium: Browser, live_server: LiveServer, admin: User) -> Iterator[Page]:
    with opened(chromium, live_server, admin, scripts=request.param) as page:
        yield page


def address(live: Connection, name: str) -> str:
    return reverse(name, args=[live.organization.slug, "smartrecruiters"])


def press(page: Page, name: str) -> None:
    """Click it without waiting for a worker."""
    leave(page.get_by_role("button", name=name).first)


@pytest.mark.slow
def test_a_running_check_is_readable_and_updates_itself(live: Connection, page: Page) -> None:
    page.goto(address(live, "connectors:manage"))
    press(page, "Check connection now")
    expect(page.get_by_text("Waiting for a worker.")).to_be_visible()
    found = broken(page, WIDTHS)
    with tenant(live.organization):
        progress = lifecycle.StoredProgress(BackgroundTask.objects.get())
        for words in ("Looking up the user and the webhook", "Looking up the job field", "Reading open jobs"):
            progress.step(words)
        progress.written_at = 0
        progress.count(12, 40)
    expect(page.get_by_text("Step 3 of 3: Reading open jobs: 12 of 40")).to_be_visible()
    found += broken(page, WIDTHS)
    with tenant(live.organization):
        BackgroundTask.objects.update(available_at=clock.now() - timedelta(minutes=1))
    expect(page.get_by_text("No worker has started this yet.")).to_be_visible()
    found += broken(page, WIDTHS)
    work_item.drain(BackgroundTask)
    expect(page.get_by_text("of 9 steps are done")).to_be_visible()
    found += broken(page, WIDTHS)
    assert found == []


@pytest.mark.slow
def test_a_failed_task_is_readable_and_can_be_retried(vendor: Vendor, live: Connection, page: Page) -> None:
    vendor.tell("faults", route="*", kind="status", status=503, times=50)
    page.goto(address(live, "events:dry_run"))
    go(page.get_by_role("button", name="Read all jobs"))
    expect(page.get_by_text("SmartRecruiters is busy or down.")).to_be_visible()
    found = broken(page, WIDTHS)
    vendor.tell("faults/clear")
    go(page.get_by_role("button", name="Try again"))
    expect(page.get_by_text("3 of 6 jobs would send requests")).to_be_visible()
    assert found == []


def test_the_page_changes_from_connecting_to_connected_on_its_own(live: Connection, any_page: Page) -> None:
    page = any_page
    with tenant(live.organization):
        Connection.objects.update(state="not_connected")
    page.goto(address(live, "connectors:manage"))
    press(page, "Add to SmartRecruiters")
    press(page, "Allow Access")
    expect(page.get_by_text("Connecting…")).to_be_visible()
    expect(page.get_by_role("button", name="Add to SmartRecruiters")).to_be_hidden()
    work_item.drain(BackgroundTask)
    expect(page.locator(".banner-title", has_text="Connected")).to_be_visible()
    expect(page.get_by_text("Acme GmbH (acme-gmbh)")).to_be_visible()
