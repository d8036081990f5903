"""The event log in Chromium: fixing a stopped move takes at most three clicks, even without scripts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from connectors.connection import connect
from connectors.models import Connection
from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.tenancy.models import User
from crosschq.tenancy.scope import tenant
from tests.browser.hands import go
from tests.browser.rules import broken
from tests.factories import signed_in
from tests.vendor import Vendor
from tests.webhooks.conftest import admin, live
from tests.webhooks.moves import deliver_event, event_of, ids_of, move_and_decide, requests_of
from webhooks.models import InboundEvent

__all__ = ["admin", "live"]
pytestmark = pytest.mark.browser
JONAS, MAYA, LI = (
    ("Jonas Lind", "Sales Lead"),
    ("Maya Osei", "Backend Engineer"),
    ("Li Wei", "Site Reliability Engineer"),
)


def opened(chromium: Browser, served: LiveServer, user: User, *, scripts: bool) -> BrowserContext:
    context = chromium.new_context(base_url=served.url, bypass_csp=scripts, java_script_enabled=scripts)
    name = settings.SESSION_COOKIE_NAME
    value = signed_in(Client(), user).cookies[name].value
    context.add_cookies([{"name": name, "value": value, "url": served.url}])
    return context


def address(live: Connection, name: str, *more: object) -> str:
    return reverse(f"events:{name}", args=[live.organization.slug, "smartrecruiters", *more])


@pytest.mark.slow
def test_event_log_pages_are_accessible(
    chromium: Browser, live_server: LiveServer, vendor: Vendor, live: Connection, admin: User, settings: Settings
) -> None:
    event, _sent = move_and_decide(live, vendor, *JONAS), move_and_decide(live, vendor, *MAYA)
    settings.BURST_LIMIT = 1
    move_and_decide(live, vendor, *LI)
    deliver_event(
        live,
        b'{"job_id": "nowhere", "candidate_id": "nobody"}',
        event_id="gone",
        happened_at=clock.now() - timedelta(minutes=2),
    )
    with tenant(live.organization):
        connect.switch_requests(connection=live, on=False, actor=admin)
    off = deliver_event(live, ids_of(vendor, *MAYA), event_id="off")
    with tenant(live.organization):
        connect.switch_requests(connection=live, on=True, actor=admin)
    since = f"{clock.now() - timedelta(days=3):%Y-%m-%d}"
    context = opened(chromium, live_server, admin, scripts=True)
    page, wrong = context.new_page(), []
    for path in (
        address(live, "list"),
        address(live, "list") + "?text=nobody&since=x&times=utc",
        address(live, "detail", event.uid),
        address(live, "detail", off.uid),
        address(live, "turn_on", off.uid),
        address(live, "quiet", event.uid),
        address(live, "flood"),
        address(live, "replay") + f"?since={since}",
    ):
        page.goto(path)
        wrong += broken(page)
    go(page.get_by_role("button", name="Replay 1 move"))
    wrong += broken(page)
    page.goto(address(live, "send_with", event.uid))
    wrong += broken(page)
    context.close()
    assert wrong == []


def test_a_job_without_a_tag_requests_that_are_off_and_a_burst_take_two_clicks_each(
    chromium: Browser, live_server: LiveServer, vendor: Vendor, live: Connection, admin: User, settings: Settings
) -> None:
    event = move_and_decide(live, vendor, *JONAS)
    context = opened(chromium, live_server, admin, scripts=False)
    page = context.new_page()
    page.goto(address(live, "detail", event.uid))  # where the email leads
    go(page.get_by_role("link", name="Send with template…"))
    go(page.get_by_role("button", name="Send request"))
    assert "On its way" in page.inner_text("main")
    work_item.drain(InboundEvent)
    page.reload()
    assert "sent it manually with the template Engineering" in page.inner_text("main")
    assert len(requests_of(live)) == 1

    with tenant(live.organization):
        connect.switch_requests(connection=live, on=False, actor=admin)
    event = move_and_decide(live, vendor, *MAYA)
    page.goto(address(live, "detail", event.uid))
    go(page.get_by_role("link", name="Turn on and send…"))
    go(page.get_by_role("button", name="Turn on and send"))
    work_item.drain(InboundEvent)
    assert event_of(live, event.event_id).outcome == "sent.matched"

    settings.BURST_LIMIT = 0
    held = move_and_decide(live, vendor, *LI)
    page.goto(address(live, "flood"))
    go(page.get_by_role("button", name="Confirm all 1…"))
    go(page.get_by_role("button", name="Send 1 request"))
    work_item.drain(InboundEvent)
    context.close()
    assert event_of(live, held.event_id).outcome == "sent.matched"
    assert len(requests_of(live)) == 3


@pytest.mark.in_full
@pytest.mark.slow
def test_an_event_in_progress_shows_its_result_automatically(
    chromium: Browser, live_server: LiveServer, vendor: Vendor, live: Connection, admin: User
) -> None:
    event = move_and_decide(live, vendor, *JONAS)
    context = opened(chromium, live_server, admin, scripts=True)
    page = context.new_page()
    page.goto(address(live, "detail", event.uid))
    vendor.tell("job-tag", job_id=vendor.job(JONAS[1]), tag="eng")
    go(page.get_by_role("button", name="Try again"))
    page.get_by_text("On its way").wait_for()
    wrong = broken(page)
    work_item.drain(InboundEvent)
    page.get_by_text("Tag “eng” matched the template Engineering.").first.wait_for()
    text = page.inner_text("main")
    context.close()
    assert "On its way" not in text
    assert "has an empty" not in text.partition("Attempts")[0]
    assert wrong == []


def test_on_a_wide_screen_filters_fit_on_one_line_and_names_are_not_cut(
    chromium: Browser, live_server: LiveServer, vendor: Vendor, live: Connection, admin: User
) -> None:
    move_and_decide(live, vendor, *LI)
    context = opened(chromium, live_server, admin, scripts=True)
    page = context.new_page()
    page.set_viewport_size({"width": 1280, "height": 860})
    page.goto(address(live, "list"))
    bottoms = page.eval_on_selector_all(
        ".filters > :not(.filters-end), .filters-end > *", "all => all.map(e => e.getBoundingClientRect().bottom)"
    )
    cut = page.eval_on_selector_all(".filters select", "all => all.filter(e => e.scrollWidth > e.clientWidth).length")
    job = page.get_by_text(LI[1]).bounding_box()
    context.close()
    assert len(bottoms) == 6
    assert max(bottoms) - min(bottoms) < 2
    assert cut == 0
    assert job
    assert job["height"] < 30, "the job's title takes one line"
