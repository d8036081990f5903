"""The connection page in each of its states: how long it is, where its switches are, and what to press next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from connectors.background_tasks import lifecycle
from connectors.calls.gateway import open_ats
from connectors.manage.worker import CONNECT
from connectors.models import Connection
from crosschq.tenancy.models import Role, User
from crosschq.tenancy.scope import tenant
from prospects.export import settings
from tests.browser.rules import broken
from tests.browser.test_event_log import opened
from tests.browser.test_repairs import scene
from tests.extent import first_of
from tests.factories import make_member
from tests.prospects.exporting import Exporter
from tests.vendor import Vendor
from tests.webhooks.conftest import admin, live
from tests.webhooks.decision.test_misconfiguration import WAYS
from tests.webhooks.scene import JONAS, MAYA, SAM, Scene
from tests.webhooks.test_setup_changes import CHANGES, hour

__all__ = ["admin", "live", "scene"]
pytestmark = pytest.mark.browser
PHONE, DESK = 390, 1280
WIDTHS = (320, PHONE, DESK)
HIGHEST = {PHONE: 2600, DESK: 1700}
MORE_WITH_A_PROBLEM = 100
SWITCHES_WITHIN = 1000  # at desktop width
SWITCHES = (
    "Make Candidate Requests from SmartRecruiters",
    "Attach Crosschq 360 Report to candidate's profile upon completion",
    "Export Prospects from Crosschq to SmartRecruiters",
    "Automatically Export New Prospects to SmartRecruiters",
)


def well(scene: Scene) -> None:
    """A connection on an ordinary day: some requests were sent, some were not, and prospects were exported."""
    for who in (MAYA, JONAS, SAM):
        scene.move(who)
    acme = exporting(scene)
    acme.choose("Sales Lead", tags=("crosschq", "EMEA"))
    turn_on_exports(scene)
    acme.prospect("Ana Ruiz")
    acme.export()


def exporting(scene: Scene) -> Exporter:
    user = User.objects.get(pk=scene.browser.session["_auth_user_id"])
    return Exporter(scene.vendor, scene.live.organization, user, scene.connection())


def turn_on_exports(scene: Scene) -> None:
    acme = exporting(scene)
    with tenant(acme.organization):
        settings.switch_existing(connection=acme.connection, on=True, actor=acme.admin)
        settings.switch_new(connection=acme.connection, on=True, actor=acme.admin)


def first_use(scene: Scene) -> None:
    with tenant(scene.live.organization):
        Connection.objects.filter(pk=scene.live.pk).delete()


def connecting(scene: Scene) -> None:
    first_use(scene)
    acme = scene.live.organization
    with tenant(acme):
        lifecycle.begin(
            CONNECT,
            organization=acme,
            vendor="smartrecruiters",
            asked_by=User.objects.get(pk=scene.browser.session["_auth_user_id"]),
            page=scene.url("connectors:manage"),
            arguments={"code": "x"},
        )


def spoilt(name: str) -> Callable[[Scene], None]:
    def act(scene: Scene) -> None:
        well(scene)
        WAYS[name].wrong(scene)
        scene.press("connectors:check")

    return act


def changed(name: str) -> Callable[[Scene], None]:
    def act(scene: Scene) -> None:
        well(scene)
        CHANGES[name][0](scene)
        hour(scene)

    return act


def paused(scene: Scene) -> None:
    well(scene)
    scene.press("connectors:pause")


def unsubscribed(scene: Scene) -> None:
    well(scene)
    with tenant(scene.live.organization):
        hook = scene.live.subscriptions.get()
    open_ats(scene.live).delete_webhook(hook.vendor_id)
    scene.press("connectors:check")


def switched_off(scene: Scene) -> None:
    scene.press("connectors:switch_requests", on="0")


@dataclass(frozen=True)
class State:
    """`says`: the page's text. `act`: role and name of the next action. `switches`: how many can be flipped."""

    arrange: Callable[[Scene], Any]
    says: str
    act: tuple[str, str] | None
    switches: int = len(SWITCHES)
    role: Role = Role.ADMIN


STATES = {
    "all well": State(well, "Connected", ("link", "View event log")),
    "needs sign-in": State(spoilt("token revoked"), "no longer accepts our sign-in", ("button", "Reconnect")),
    "not connected": State(first_use, "Who should connect", ("button", "Add to SmartRecruiters"), 0),
    "disconnected": State(
        lambda scene: scene.press("connectors:disconnect"),
        "Earlier events are kept.",
        ("button", "Add to SmartRecruiters"),
        0,
    ),
    "connecting": State(connecting, "Connecting…", ("link", "Refresh"), 0),
    "being set up": State(
        switched_off, "Make Candidate Requests from SmartRecruiters is on", ("link", "Turn on the first")
    ),
    "set up": State(lambda scene: None, "A first request was sent", ("link", "Send test request")),
    "a permission is missing": State(spoilt("scope missing"), "“Access Jobs”", ("button", "Reconnect")),
    "paused": State(paused, "The connector is paused", ("button", "Resume")),
    "step renamed": State(
        changed("a step is renamed everywhere"), "was renamed to “References”", ("button", "Use “References”")
    ),
    "field missing": State(changed("the field is deleted"), "was deleted", ("button", "Check again")),
    "webhook suspended": State(spoilt("subscription suspended"), "is suspended", ("button", "Subscribe again")),
    "subscription missing": State(
        unsubscribed,
        "has no webhook subscription in",
        ("button", "Subscribe again"),
    ),
    "an export waits": State(
        turn_on_exports, "On, waiting for Source type and Source id", ("link", "Choose export settings")
    ),
    "a recruiter looks": State(
        well, "Only an admin can change this connection.", ("link", "View event log"), 0, Role.RECRUITER
    ),
    "a viewer looks": State(paused, "Only an admin can change this connection.", None, 0, Role.VIEWER),
}


@pytest.fixture
def open_as(
    chromium: Browser, live_server: LiveServer, scene: Scene, vendor: Vendor
) -> Iterator[Callable[[State], Page]]:
    contexts = []

    def open_page(state: State) -> Page:
        state.arrange(scene)
        user = make_member(scene.live.organization, state.role)
        contexts.append(opened(chromium, live_server, user, scripts=True))
        page = contexts[-1].new_page()
        page.goto(scene.url("connectors:manage"))
        return page

    yield open_page
    for context in contexts:
        context.close()


def height(page: Page, width: int) -> int:
    page.set_viewport_size({"width": width, "height": 844})
    found: int = page.evaluate("document.documentElement.scrollHeight")
    return found


@pytest.mark.in_full
@pytest.mark.parametrize("name", first_of(STATES))
def test_each_state_is_short_and_offers_the_next_step(name: str, open_as: Callable[[State], Page]) -> None:
    state = STATES[name]
    page = open_as(state)
    expect(page.locator("main")).to_contain_text(state.says)
    more = MORE_WITH_A_PROBLEM if page.locator(".banner-title").count() else 0
    heights = {width: height(page, width) for width in HIGHEST}
    assert {width: found for width, found in heights.items() if found > HIGHEST[width] + more} == {}
    if state.act:
        role, label = state.act
        expect(page.locator("main").get_by_role(role, name=label).first).to_be_visible()  # type: ignore[arg-type]
    assert page.get_by_role("switch").count() == state.switches
    assert page.locator(".banner-title").count() <= 1
    for label in SWITCHES if page.locator("#switches").count() else ():
        box = page.locator(".switch-row", has=page.get_by_text(label, exact=True)).bounding_box()
        assert box
        assert box["y"] + box["height"] <= SWITCHES_WITHIN, label
    if state.role != Role.ADMIN:
        assert page.locator("main form:not(.ask form)").count() == 0, "those who may only look can only ask"
    if page.locator("#problem .banner").count():
        expect(page.locator("#status")).not_to_contain_text("Connected")
    assert all(card.inner_text().strip() for card in page.locator("main .card").all()), "no card is empty"
    assert broken(page, WIDTHS) == []


@pytest.mark.slow
def test_each_linked_page_fits_and_links_back(open_as: Callable[[State], Page], scene: Scene) -> None:
    page, wrong = open_as(STATES["all well"]), list[object]()
    for name in ("checklist", "settings", "access", "pause", "disconnect"):
        link = page.locator(f'main a[href="{scene.url(f"connectors:{name}")}"]')
        expect(link).to_have_count(1)
        with page.expect_navigation():
            link.click()
        wrong += broken(page, WIDTHS)
        with page.expect_navigation():
            page.locator("a.back").click()
        assert page.url.endswith(scene.url("connectors:manage"))
    assert wrong == []
