"""The export as the help page describes it, sentence by sentence, with its exact labels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from crosschq.core.outbox.work_item import WorkState
from crosschq.tenancy.scope import tenant
from prospects.export import on_opt_in
from prospects.models import Prospect
from tests.browser.contexts import opened
from tests.browser.hands import flip, go, widths_and_scripts
from tests.browser.rules import broken
from tests.prospects.exporting import Exporter, exporter
from tests.vendor import Vendor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
EXISTING = "Export Prospects from Crosschq to SmartRecruiters"
NEW = "Automatically Export New Prospects to SmartRecruiters"
ALLOW = "Sign in again to allow “Access Company Settings”"
JOBS = ("ref002", "Finance Director", "munich")
TITLES = ["Finance Director", "Sales Lead", "Site Reliability Engineer"]


@dataclass
class Walk:
    page: Page
    acme: Exporter
    vendor: Vendor
    width: int
    scripts: bool
    before: Prospect
    meanwhile: Prospect | None = None

    def turn_on(self, name: str) -> None:
        press = flip if self.scripts else go
        press(self.page.get_by_role("switch", name=name, exact=True))
        expect(self.page.get_by_role("switch", name=name, exact=True)).to_be_checked()

    def state(self, name: str) -> Locator:
        return self.page.locator(".switch-row", has=self.page.get_by_text(name, exact=True)).locator(".switch-state")

    def manage(self) -> None:
        self.page.goto(f"/o/{self.acme.organization.slug}/connectors/")
        go(self.page.get_by_role("link", name="Manage SmartRecruiters", exact=True))

    def check(self) -> None:
        if self.scripts:
            assert broken(self.page, (self.width,)) == []
        elif self.page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            raise AssertionError(f"{self.page.url} scrolls sideways")


def go_to_the_connector(walk: Walk) -> None:
    walk.manage()
    for name in (EXISTING, NEW):
        expect(walk.page.get_by_role("switch", name=name, exact=True)).not_to_be_checked()


def turn_on_the_first_slider(walk: Walk) -> None:
    walk.turn_on(EXISTING)
    expect(walk.state(EXISTING)).to_have_text("On, waiting for Source type and Source id")


def turn_on_the_second_slider(walk: Walk) -> None:
    walk.turn_on(NEW)
    expect(walk.state(NEW)).to_have_text("On, waiting for Source type and Source id")
    walk.check()
    walk.meanwhile = walk.acme.prospect("Noa Adeyemi")
    with tenant(walk.acme.organization):
        on_opt_in.export_new_prospect(walk.meanwhile)
    walk.acme.work()  # a worker finds the permission missing


def give_the_permission(walk: Walk) -> None:
    walk.page.reload()
    for name in (EXISTING, NEW):
        expect(walk.state(name)).to_have_text("On, waiting for “Access Company Settings”, Source type, and Source id")
    expect(walk.page.get_by_text("1 new prospect is queued and will be exported once this is fixed.")).to_be_visible()
    walk.check()
    walk.vendor.tell("faults/clear")
    go(walk.page.get_by_role("button", name=ALLOW, exact=True))
    assert walk.page.url.startswith(walk.vendor.url)
    go(walk.page.get_by_role("button", name="Allow Access"))
    walk.acme.work()
    walk.manage()
    for name in (EXISTING, NEW):
        expect(walk.page.get_by_role("switch", name=name, exact=True)).to_be_checked()
        expect(walk.state(name)).to_have_text("On, waiting for Source type and Source id")


def open_the_settings(walk: Walk) -> None:
    go(walk.page.locator("#export-blockers").get_by_role("link", name="Choose export settings"))
    text = walk.page.locator("main").inner_text()
    places = [text.index(label) for label in ("Source type", "Source id", "Jobs", "Tags")]
    assert places == sorted(places), "the page asks in the order of the help page"
    walk.check()


def choose_the_source_type(walk: Walk) -> None:
    walk.page.get_by_label("Source type", exact=True).select_option("CUSTOM_SOURCES")
    if not walk.scripts:
        go(walk.page.get_by_role("button", name="Show sources"))


def choose_the_source_id(walk: Walk) -> None:
    source = walk.page.get_by_label("Source id", exact=True)
    expect(source.locator("option", has_text="Crosschq (recommended)")).to_have_count(1)
    source.select_option(label="Crosschq (recommended)")


def choose_three_jobs_by_keyboard(walk: Walk) -> None:
    for words in JOBS:
        find = walk.page.get_by_label("Find jobs", exact=True)
        find.focus()
        walk.page.keyboard.type(words)
        with walk.page.expect_navigation():
            walk.page.keyboard.press("Enter")
        expect(walk.page.get_by_label("Find jobs", exact=True)).to_be_focused()
    jobs = walk.page.get_by_role("group", name="Jobs", exact=True)
    expect(jobs.locator("label", has=walk.page.locator(":checked"))).to_contain_text(TITLES)
    expect(walk.page.get_by_text("Each prospect becomes a candidate on each of these 3 jobs")).to_be_visible()


def choose_tags(walk: Walk) -> None:
    walk.page.get_by_label("Add a tag", exact=True).focus()
    walk.page.keyboard.type("crosschq, EMEA")
    with walk.page.expect_navigation():
        walk.page.keyboard.press("Enter")
    expect(walk.page.get_by_role("group", name="Tags", exact=True).locator(":checked")).to_have_count(2)
    walk.check()


def save(walk: Walk) -> None:
    go(walk.page.get_by_role("button", name="Save export settings", exact=True))
    expect(walk.page.get_by_role("heading", name="Export prospects to SmartRecruiters")).to_be_visible()
    expect(walk.page.get_by_text("2 prospects", exact=True)).to_be_visible()
    assert walk.acme.creates() == 0, "nothing goes before the numbers were seen"
    walk.check()


def confirm(walk: Walk) -> None:
    go(walk.page.get_by_role("button", name="Export 2 prospects", exact=True))
    walk.acme.work()
    walk.acme.work()
    assert set(walk.acme.states()) <= {WorkState.DONE, WorkState.CANCELLED}


def see_the_candidates(walk: Walk) -> None:
    assert walk.meanwhile
    for prospect in (walk.before, walk.meanwhile):
        (candidate,) = walk.acme.there(prospect)
        assert sorted(candidate["tags"]) == ["EMEA", "crosschq"]
        wanted = {walk.vendor.job(title) for title in TITLES}
        assert {one["job_id"] for one in candidate["applications"]} == wanted
    walk.manage()
    expect(walk.state(EXISTING)).to_contain_text("On: ")
    expect(walk.state(NEW)).to_have_text("On")


HELP_PAGE: tuple[tuple[str, Callable[[Walk], None]], ...] = (
    ("Go to Organization Settings > Connectors, and press Manage.", go_to_the_connector),
    (f"Turn on the slider {EXISTING} to export all that exist.", turn_on_the_first_slider),
    (f"Turn on the slider {NEW} to export all future ones.", turn_on_the_second_slider),
    ("Allow access to Company Settings in SmartRecruiters.", give_the_permission),
    ("Fill in what follows.", open_the_settings),
    ("Source type: choose one.", choose_the_source_type),
    ("Source id: choose one of that type.", choose_the_source_id),
    ("Jobs: choose one or more.", choose_three_jobs_by_keyboard),
    ("Tags: choose one or more.", choose_tags),
    ("Save.", save),
    ("Confirm the numbers.", confirm),
    ("The prospects are candidates in SmartRecruiters.", see_the_candidates),
)


@pytest.mark.slow
@pytest.mark.parametrize(("width", "scripts"), widths_and_scripts(first=(390, True)))
def test_the_help_page_leads_to_exported_prospects(
    chromium: Browser, live_server: LiveServer, vendor: Vendor, width: int, scripts: bool
) -> None:
    acme = exporter(vendor)
    vendor.tell("faults", route="GET /configuration/sources", kind="status", status=403, times=99)
    context = opened(
        chromium,
        live_server.url,
        acme.admin,
        viewport={"width": width, "height": 844},
        java_script_enabled=scripts,
        bypass_csp=scripts,
    )
    walk = Walk(context.new_page(), acme, vendor, width, scripts, before=acme.prospect("Ana Ruiz"))
    for sentence, follow in HELP_PAGE:
        try:
            follow(walk)
        except AssertionError as problem:
            raise AssertionError(f"{sentence} {problem}") from problem
    context.close()
