"""The help page, sentence by sentence: from sign-up to the first request, by its exact labels and in its order.

The steps are in help_page.py. Those of the export are followed in test_help_page_export.py.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from connectors.models import Connection
from crosschq.core.outbox import work_item
from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import tenant
from requests_app.models import ReferenceRequest
from templates_app.models import RequestTemplate
from tests.browser.hands import go, widths_and_scripts
from tests.browser.help_page import FIRST_OF_EXPORT, STEPS, Reader
from tests.browser.test_first_use import Newcomer, sign_up
from tests.patience import wait_for
from tests.vendor import Vendor
from webhooks.models import InboundEvent

pytestmark = pytest.mark.browser
REQUESTS = "Make Candidate Requests from SmartRecruiters"
PROCESSES = (("Standard", "INTERVIEW"), ("Executive", "OFFERED"), ("Interns", "INTERVIEW"))
GREEN = "rgb(26, 127, 75)"
# Whether the page scrolls sideways, and whether it says that something failed.
ARRIVED = """() => [document.documentElement.scrollWidth > document.documentElement.clientWidth,
  document.body.textContent.includes("This did not work")]"""


def test_there_are_thirty_one_steps_and_each_names_its_test() -> None:
    assert [step.number for step in STEPS] == list(range(1, 32))
    assert all(step.sentence and step.assertion and step.shown_by for step in STEPS)


@pytest.mark.slow
@pytest.mark.parametrize(("width", "scripts"), widths_and_scripts(first=(1280, True)))
def test_the_help_page_leads_from_sign_up_to_the_first_request(
    chromium: Browser, live_server: LiveServer, vendor: Vendor, scripts: bool, width: int
) -> None:
    as_on_the_first_day(vendor)
    context = chromium.new_context(
        base_url=live_server.url,
        java_script_enabled=scripts,
        viewport={"width": width, "height": 900},
        timezone_id="Europe/Berlin",
    )
    wrong: list[object] = []

    def fits(page: Page) -> None:
        if page.url.startswith(live_server.url):
            wide, failed = page.evaluate(ARRIVED)
            wrong.extend((page.url, what) for what in ("scrolls sideways",) * wide + ("did not work",) * failed)

    page = context.new_page()
    sign_up(Newcomer(page, fits), scripts=scripts)
    reader = Reader(page, fits)
    connect(reader, scripts=scripts)
    console = Console(context.new_page(), vendor.url)
    prepare_smartrecruiters(reader, console)
    create_a_template(reader)
    send(reader, console)
    context.close()
    assert wrong == []
    assert reader.done == list(range(1, FIRST_OF_EXPORT))


@dataclass(frozen=True)
class Console:
    """SmartRecruiters' own pages, as the sandbox has them, in another tab."""

    page: Page
    url: str

    def open(self, name: str) -> None:
        self.page.goto(f"{self.url}/console/jobs")
        go(self.page.get_by_role("navigation").get_by_role("link", name=name, exact=True))

    def press(self, role: str, name: str) -> None:
        go(self.page.get_by_role(role, name=name, exact=True))  # type: ignore[arg-type]


def as_on_the_first_day(vendor: Vendor) -> None:
    """A company where nothing has been created for Crosschq yet."""
    vendor.tell("job-field", label="Crosschq tag", remove=True)
    for process, status in PROCESSES:
        vendor.tell("step", process=process, status=status, name="Crosschq", remove=True)


def connect(reader: Reader, *, scripts: bool) -> None:
    page = reader.page
    reader.open_settings("Connectors")
    reader.did(1)
    # This installation also offers SmartRecruiters sandbox companies.
    rows = page.get_by_role("row", name=re.compile("^SmartRecruiters(?! sandbox)", re.IGNORECASE))
    manage = rows.get_by_role("link", name="Manage SmartRecruiters", exact=True)
    assert manage.count() == 1
    reader.leave(manage)
    reader.did(2)
    reader.press("button", "Add to SmartRecruiters")
    assert not page.url.startswith(reader.home)
    reader.did(3)
    reader.leave(page.get_by_role("button", name="Allow Access"))
    assert page.url.startswith(reader.home)
    assert reader.heading() == "SmartRecruiters"
    reader.did(4)
    wait_for_workers(page)
    assert "Connected" in page.inner_text("main")
    with tenant(Organization.objects.get()):
        assert Connection.objects.get().company_name in page.inner_text("main")
    reader.did(5)
    assert reader.switch(REQUESTS).get_attribute("aria-checked") == "false"
    reader.did(6)
    reader.turn_on(REQUESTS, scripts=scripts)
    assert reader.switch(REQUESTS).evaluate("it => getComputedStyle(it).backgroundColor") == GREEN
    reader.did(7)


def prepare_smartrecruiters(reader: Reader, console: Console) -> None:
    """What an administrator creates in SmartRecruiters, as the connection page describes it."""
    there = console.page
    page = reader.page
    check(reader)
    assert "SmartRecruiters has no job field named “Crosschq tag”." in page.inner_text("main")
    how = page.locator("details", has_text="How to create the field").last
    how.locator("summary").click()
    shown = how.inner_text()
    for words in ("Settings > Configuration > Job Fields", "Crosschq tag", "free text", "job", "internal"):
        assert words in shown
    console.open("Job fields")
    there.get_by_label("Name", exact=True).last.fill("Crosschq tag")
    console.press("button", "Add the field")
    reader.did(8)
    made = there.locator("form.card", has=there.get_by_role("heading", name="Crosschq tag", exact=True))
    expect(made.get_by_label("Category")).to_have_value("job")
    expect(made.get_by_label("Values")).to_have_value("")  # free text
    expect(made.get_by_label("Public")).not_to_be_checked()
    reader.did(9)
    expect(made.get_by_label("Active")).to_be_checked()
    console.press("button", "Save Crosschq tag")
    console.open("Hiring processes")
    for process, status in PROCESSES[:2]:
        added = there.locator("form", has=there.get_by_label(f"New step of {process}"))
        added.get_by_label("Under").select_option(value=status)
        added.get_by_label(f"New step of {process}").fill("Crosschq")
        console.press("button", f"Add the step to {process}")
    reader.press("link", "Setup checklist")
    check(reader)
    text = page.inner_text("main")
    assert "SmartRecruiters has no job field named" not in text
    assert "free text · job · internal · active" in text
    reader.did(10)
    assert "In 2 of 3" in text
    reader.did(11)


def create_a_template(reader: Reader) -> None:
    page = reader.page
    reader.open_settings("Templates")
    reader.did(12)
    create = page.locator("main").get_by_role("link", name="Create New Template", exact=True)
    reader.leave(create.first)
    assert reader.heading() == "Create New Template"
    reader.did(13)
    for label in ("Template name", "ATS Tag"):
        page.get_by_label(label, exact=True).fill("")
    reader.press("button", "Create Template")
    assert [line.inner_text() for line in page.locator(".error-summary li").all()] == [
        "Enter a template name.",
        "Enter an ATS Tag.",
    ]
    page.get_by_label("Template name", exact=True).fill("Engineering")
    page.get_by_label("ATS Tag", exact=True).fill("eng")
    page.get_by_label(re.compile("^Description")).fill("For engineers")
    reader.did(14, 15, 16)
    settings = page.get_by_role("group", name="Request Settings", exact=True)
    assert settings.get_by_label(re.compile("^Position")).input_value() == ""
    assert settings.get_by_label("Survey", exact=True).input_value()
    reader.did(17, 18)
    first = settings.get_by_role("group", name="Reference 1", exact=True)
    relationship = first.get_by_label("Relationship", exact=True)
    assert "Manager" in relationship.locator("option").all_inner_texts()
    relationship.select_option(label="Any relationship type")
    first.get_by_label("How many", exact=True).fill("2")
    first.get_by_label(re.compile("^Note")).fill("People of the last two years")
    reader.did(19, 20)
    assert page.get_by_role("group", name=re.compile("^Hiring manager")).is_visible()
    messages = page.get_by_role("group", name="Custom notifications", exact=True)
    assert messages.locator("details.message").count() > 5
    reader.did(21, 22)
    reader.press("button", "Create Template")
    assert reader.heading() == "Template created"
    with tenant(Organization.objects.get()):
        assert RequestTemplate.objects.get().ats_tag == "eng"
    reader.did(23)
    reader.open_settings("Templates")
    row = page.get_by_role("row", name=re.compile("Engineering"))
    row.locator("summary").click()
    for act in ("Edit", "Delete"):
        assert row.get_by_role("link", name=act, exact=True).is_visible()
    reader.did(24)


def send(reader: Reader, console: Console) -> None:
    page, there = reader.page, console.page
    console.open("Jobs")
    there.get_by_label("Tag of Backend Engineer").fill("eng")
    console.press("button", "Save the tag of Backend Engineer")
    reader.open_settings("Connectors")
    reader.leave(page.get_by_role("link", name="Manage SmartRecruiters", exact=True))
    reader.press("link", "Setup checklist")
    check(reader)
    text = page.inner_text("main")
    assert "with a tag that a template has." in text
    reader.did(25)
    console.press("link", "Backend Engineer")
    there.get_by_label("Move Maya Osei to").select_option(label="Interview, Crosschq")
    console.press("button", "Move Maya Osei")
    decide_the_move()
    with tenant(Organization.objects.get()):
        reference_request = ReferenceRequest.objects.get()
        assert (reference_request.candidate_first_name, reference_request.position) == ("Maya", "Backend Engineer")
    reader.leave(page.locator(".brandmark"))
    page.locator("main").get_by_text("Maya Osei").first.wait_for()
    reader.did(26)


def decide_the_move() -> None:
    """Decide the move once SmartRecruiters has delivered it. Saving the tag caused a separate event."""
    organization = Organization.objects.get()

    def is_delivered() -> bool:
        with tenant(organization):
            return InboundEvent.objects.filter(event_name="application.status.updated").exists()

    wait_for(is_delivered)
    work_item.drain(InboundEvent)


def check(reader: Reader) -> None:
    """Click what makes a worker query SmartRecruiters again."""
    reader.leave(reader.page.locator("main").get_by_role("button", name=re.compile("^Check again")).first)
    wait_for_workers(reader.page)


def wait_for_workers(page: Page) -> None:
    """Load the page again if there was something for a worker to do that the page doesn't wait for."""
    if work_item.drain(InboundEvent):
        page.reload()
