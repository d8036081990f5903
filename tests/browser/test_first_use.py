"""From the sign-up page to the first test request: counts a new customer's clicks and fields in the product."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit
from zoneinfo import available_timezones

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from crosschq.tenancy.models import Organization, Role, User
from crosschq.tenancy.scope import tenant
from requests_app.models import ReferenceRequest
from tests.accounts.pages import code_for
from tests.browser.hands import go, widths_and_scripts
from tests.browser.rules import broken
from tests.extent import first_of
from tests.factories import PASSWORD, make_member, make_organization, make_user, signed_in
from tests.requests_app.factories import RequestScenario
from tests.templates_app.factories import make_template
from tests.vendor import Vendor

pytestmark = pytest.mark.browser
DANA = "dana@acme.example"
SEND = "Send test request"
MOST_CLICKS, MOST_FIELDS = 15, 6


class Newcomer:
    """A person at a browser who counts every click and every field they type into.

    The Tab key moves between fields.
    """

    def __init__(self, page: Page, arrived: Callable[[Page], None]) -> None:
        self.page, self._arrived = page, arrived
        self.clicks: list[str] = []
        self.typed: list[str] = []

    def press(self, role: str, name: str) -> None:
        self.clicks.append(name)
        self.leave(self.page.locator("main").get_by_role(role, name=name).first)  # type: ignore[arg-type]

    def choose(self, label: str, option: str) -> None:
        """A drop-down takes two clicks: one to open it, one to choose."""
        self.clicks += [label, option]
        self.page.get_by_label(label).select_option(label=option)

    def type(self, label: str, words: str) -> None:
        self.typed.append(label)
        self.page.get_by_label(label).fill(words)

    def leave(self, by: Locator) -> None:
        go(by)
        self._arrived(self.page)


def sign_up(dana: Newcomer, *, scripts: bool) -> None:
    dana.page.goto("/accounts/signup/")
    dana.type("Full name", "Dana Whitfield")
    dana.type("Email", DANA)
    dana.type("Organization name", "Acme GmbH")
    if scripts:
        expect(dana.page.get_by_label("Time zone")).to_have_value("Europe/Berlin")
    else:
        expect(dana.page.get_by_label("Time zone")).to_have_value("")
        dana.choose("Time zone", "Europe/Berlin")
    dana.type("Password", PASSWORD)
    dana.press("button", "Create an organization")
    dana.type("Code", code_for(DANA))
    dana.press("button", "Continue")


def connect(dana: Newcomer) -> None:
    dana.press("link", "Connect SmartRecruiters")
    dana.press("link", "Manage SmartRecruiters")  # this installation also offers sandbox companies
    dana.press("button", "Add to SmartRecruiters")
    # Clicks on SmartRecruiters' own page are not counted.
    dana.leave(dana.page.get_by_role("button", name="Allow Access"))
    assert "Connected" in dana.page.inner_text("main")


@pytest.mark.parametrize(("width", "scripts"), widths_and_scripts(first=(390, False)))
def test_the_first_test_request_takes_at_most_fifteen_clicks_and_six_fields(
    chromium: Browser, live_server: LiveServer, vendor: Vendor, scripts: bool, width: int
) -> None:
    context = chromium.new_context(
        base_url=live_server.url,
        java_script_enabled=scripts,
        viewport={"width": width, "height": 900},
        timezone_id="Europe/Berlin",
    )
    ways: list[object] = []

    def fits(page: Page) -> None:
        if page.url.startswith(live_server.url) and page.evaluate("document.documentElement.scrollWidth") > width:
            ways.append((page.url, "scrolls sideways"))

    dana = Newcomer(context.new_page(), fits)
    sign_up(dana, scripts=scripts)
    assert urlsplit(dana.page.url).path == "/o/acme-gmbh/setup/"
    connect(dana)
    dana.press("link", "Create Template")
    dana.press("button", "Create Template")
    dana.press("link", SEND)
    dana.press("button", SEND)
    assert f"The test is on its way to {DANA}." in dana.page.inner_text("main")
    context.close()
    assert ways == []
    assert len(dana.clicks) <= MOST_CLICKS, dana.clicks
    assert len(dana.typed) <= MOST_FIELDS, dana.typed
    acme = Organization.objects.get()
    with tenant(acme):
        assert ReferenceRequest.objects.get().candidate_email == DANA
    assert acme.time_zone == "Europe/Berlin"


@pytest.mark.parametrize("zone", first_of(["Europe/Berlin", "Etc/Unknown"]))
def test_only_a_listed_time_zone_is_preselected(chromium: Browser, live_server: LiveServer, zone: str) -> None:
    context = chromium.new_context(base_url=live_server.url, timezone_id="Europe/Berlin")
    page = context.new_page()
    if zone not in available_timezones():
        page.add_init_script(f"Intl.DateTimeFormat = () => ({{resolvedOptions: () => ({{timeZone: '{zone}'}})}})")
    page.goto("/accounts/signup/")
    chosen = page.get_by_label("Time zone")
    expect(chosen).to_have_value(zone if zone in available_timezones() else "")
    chosen.select_option("Asia/Tokyo")
    go(page.get_by_role("button", name="Create an organization"))
    expect(page.get_by_label("Time zone")).to_have_value("Asia/Tokyo")
    context.close()


@pytest.fixture
def owner(transactional_db: None) -> User:
    return make_member(make_organization(slug="acme"), Role.OWNER, make_user(DANA, name="Dana Whitfield"))


@pytest.mark.slow
def test_test_request_pages_are_accessible(chromium: Browser, live_server: LiveServer, owner: User) -> None:
    context = chromium.new_context(base_url=live_server.url, bypass_csp=True)
    name = settings.SESSION_COOKIE_NAME
    value = signed_in(Client(), owner).cookies[name].value
    context.add_cookies([{"name": name, "value": value, "url": live_server.url}])
    page, wrong = context.new_page(), []
    acme = owner.memberships.get().organization
    for path in ("/o/acme/setup/", "/o/acme/requests/test/", "/o/acme/requests/", "/o/acme/templates/new/"):
        page.goto(path)
        wrong += broken(page)
    make_template(acme, name="Engineering")
    sales = make_template(acme, name="Sales")
    page.goto("/o/acme/requests/test/")
    go(page.get_by_role("button", name=SEND))
    assert "Choose a template" in page.inner_text("main")
    wrong += broken(page)
    page.goto("/o/acme/templates/")
    page.locator("tr", has_text="Sales").locator("summary").click()
    wrong += broken(page)
    go(page.locator("tr", has_text="Sales").get_by_role("link", name=SEND))
    assert page.locator("input:checked").input_value() == str(sales.uid)
    go(page.get_by_role("button", name=SEND))
    wrong += broken(page)
    with tenant(acme):
        job = RequestScenario(acme, ReferenceRequest.objects.select_related("version").get())
    page.goto(job.candidate_path)
    wrong += broken(page)
    page.goto("/o/acme/requests/")
    wrong += broken(page)
    go(page.get_by_role("link", name="Test Candidate"))
    go(page.get_by_role("link", name="Erase this test"))
    wrong += broken(page)
    go(page.get_by_role("button", name="Erase this test"))
    wrong += broken(page)
    context.close()
    assert wrong == []
