"""The export of prospects in Chromium: settings, both switches, progress, stop, resume and problems."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from crosschq.core.outbox.work_item import WorkState
from crosschq.tenancy.scope import tenant
from prospects.export import on_opt_in
from tests.browser.contexts import opened
from tests.browser.hands import flip, go
from tests.browser.rules import broken
from tests.prospects.exporting import ADD, Exporter, exporter
from tests.vendor import Vendor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def acme(vendor: Vendor) -> Exporter:
    return exporter(vendor)


def pages(chromium: Browser, site: str, acme: Exporter, *, scripts: bool) -> Iterator[Page]:
    context = opened(
        chromium,
        site,
        acme.admin,
        viewport={"width": 390, "height": 844},
        java_script_enabled=scripts,
        bypass_csp=scripts,  # axe is a script
    )
    yield context.new_page()
    context.close()


@pytest.fixture
def page(chromium: Browser, site: str, acme: Exporter) -> Iterator[Page]:
    yield from pages(chromium, site, acme, scripts=True)


@pytest.fixture
def plain(chromium: Browser, site: str, acme: Exporter) -> Iterator[Page]:
    yield from pages(chromium, site, acme, scripts=False)


def connection_page(acme: Exporter) -> str:
    return reverse("connectors:manage", args=[acme.organization.slug, acme.connection.vendor])


@pytest.mark.slow
def test_settings_can_be_saved_without_scripts(plain: Page, acme: Exporter) -> None:
    plain.goto(connection_page(acme))
    go(plain.get_by_role("switch", name="Export Prospects from Crosschq to SmartRecruiters"))
    expect(plain.get_by_text("On, waiting for Source type and Source id")).to_be_visible()
    go(plain.locator("#export-blockers").get_by_role("link", name="Choose export settings"))
    expect(plain.get_by_role("heading", name="Loading options from SmartRecruiters")).to_be_visible()
    acme.read()  # the page polls
    plain.get_by_label("Source type").select_option("PAID")
    go(plain.get_by_role("button", name="Show sources"))
    plain.get_by_label("Source id").select_option(label="Example Jobs")
    plain.get_by_label("Find jobs").fill("sales")
    go(plain.get_by_role("button", name="Find jobs"))
    plain.get_by_label("Sales Lead, REF002, Hamburg (sourcing)").check()
    plain.get_by_label("Add a tag").fill("crosschq")
    plain.keyboard.press("Enter")
    plain.get_by_label("Add a tag").fill("EMEA")
    go(plain.get_by_role("button", name="Save export settings"))
    expect(plain.get_by_text("Source: Paid, Example Jobs. Job: Sales Lead. Tags: 2.")).to_be_visible()
    saved = acme.settings()
    assert saved.tags == ["crosschq", "EMEA"]
    assert (saved.source_label, [job["title"] for job in saved.jobs]) == ("Example Jobs", ["Sales Lead"])


@pytest.mark.in_full
def test_settings_update_immediately_with_scripts(page: Page, acme: Exporter) -> None:
    acme.choose(tags=("Talent fair 2026", "EMEA"))
    page.goto(reverse("prospects:export_settings", args=[acme.organization.slug, acme.connection.vendor]))
    assert broken(page) == []
    page.get_by_label("Source type").select_option("PAID")
    expect(page.get_by_label("Source id").locator("option")).to_have_text(["Choose", "Example Jobs"])
    page.get_by_label("Find jobs").press_sequentially("data")
    expect(page.get_by_label(re.compile("^Backend Engineer"))).to_have_count(0)
    expect(page.get_by_label(re.compile("^Data Analyst"))).to_be_visible()
    page.get_by_label(re.compile("^Data Analyst")).check()
    expect(page.get_by_text("Each prospect becomes a candidate on this job")).to_be_visible()
    expect(page.get_by_label(re.compile("^Data Analyst"))).to_be_focused()
    page.get_by_label(re.compile("^Data Analyst")).uncheck()
    expect(page.get_by_text("Prospects become candidates on jobs")).to_have_count(0)
    page.get_by_label("EMEA").uncheck()
    page.get_by_label("Add a tag").press_sequentially("em")
    expect(page.locator("#known-tags option")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    page.keyboard.type("ea")
    page.keyboard.press("Enter")
    expect(page.get_by_label("emea")).to_be_checked()


@pytest.mark.in_full
@pytest.mark.slow
def test_an_export_runs_from_the_switch_to_its_result(page: Page, acme: Exporter, vendor: Vendor) -> None:
    acme.choose()
    for number in range(4):
        acme.prospect(f"Ana Ruiz-{number}")
    page.goto(connection_page(acme))
    flip(page.get_by_role("switch", name="Export Prospects from Crosschq to SmartRecruiters"))
    expect(page.get_by_text("4 prospects", exact=True)).to_be_visible()
    assert broken(page) == []
    go(page.get_by_role("button", name="Export 4 prospects"))
    expect(page.get_by_text("checking source and jobs")).to_be_visible()
    acme.read()
    expect(page.get_by_role("progressbar")).to_have_attribute("value", "0")
    go(page.get_by_role("button", name="Stop"))
    expect(page.get_by_text("Stopped", exact=True)).to_be_visible()
    acme.work()
    assert acme.creates() == 0
    go(page.get_by_role("button", name="Resume"))
    expect(page.get_by_text("0 of 4 exported")).to_be_visible()
    assert broken(page) == []
    vendor.tell("faults", route=ADD, kind="status", status=400)
    acme.work()
    # Nobody clicks anything: the page polls.
    expect(page.get_by_text("3 of 4 exported, 1 needs attention")).to_be_visible()
    expect(page.get_by_text("SmartRecruiters rejected these details.")).to_be_visible()
    assert broken(page) == []
    go(page.get_by_role("button", name="Try again"))
    acme.work()
    expect(page.get_by_text("4 of 4 exported")).to_be_visible()


@pytest.mark.slow
def test_new_prospects_are_exported_automatically_once_turned_on(plain: Page, acme: Exporter) -> None:
    acme.choose()
    plain.goto(connection_page(acme))
    go(plain.get_by_role("switch", name="Automatically Export New Prospects to SmartRecruiters"))
    prospect = acme.prospect()
    with tenant(acme.organization):
        on_opt_in.export_new_prospect(prospect)
    acme.work()
    assert acme.states() == {WorkState.DONE: 1}
    plain.reload()
    name = "Automatically Export New Prospects to SmartRecruiters"
    expect(plain.get_by_role("switch", name=name)).to_be_checked()


@pytest.mark.slow
def test_selected_prospects_are_exported(page: Page, acme: Exporter) -> None:
    acme.choose()
    long = acme.prospect("Maximiliane Featherstonehaugh", employer="Ledgerly International", title="Head of Data")
    tom = acme.prospect("Tom Beck")
    page.goto(reverse("prospects:list", args=[acme.organization.slug]))
    assert broken(page, (390, 1024, 1280)) == []
    page.get_by_label("Select Tom Beck").check()
    go(page.get_by_role("button", name="Export selected"))
    assert broken(page) == []
    go(page.get_by_role("button", name="Export 1 prospect"))
    acme.work()
    assert (len(acme.there(tom)), len(acme.there(long))) == (1, 0)
    page.goto(reverse("prospects:list", args=[acme.organization.slug]))
    assert broken(page) == []
    go(page.get_by_role("link", name="Exported Tom Beck"))
    expect(page.locator("#export")).to_contain_text(acme.item().candidate_id)


@pytest.mark.slow
def test_one_button_asks_for_a_missing_permission(page: Page, acme: Exporter, vendor: Vendor) -> None:
    vendor.tell("faults", route="GET /configuration/sources", kind="status", status=403)
    page.goto(reverse("prospects:export_settings", args=[acme.organization.slug, acme.connection.vendor]))
    expect(page.get_by_role("heading", name="Loading options from SmartRecruiters")).to_be_visible()
    assert broken(page) == []
    acme.read()
    expect(page.get_by_text("Sources can't be loaded")).to_be_visible()
    assert broken(page) == []
    go(page.get_by_role("button", name="Sign in again to allow “Access Company Settings”"))
    assert page.url.startswith(vendor.url)
