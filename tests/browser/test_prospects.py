"""Opting in on a phone without scripts, and the prospects on a desktop, in Chromium."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from crosschq.tenancy.models import Role, User
from tests.browser.contexts import opened
from tests.browser.hands import go
from tests.browser.rules import broken
from tests.factories import make_connection, make_member, make_organization
from tests.prospects.factories import answered_job, emails_to, make_prospect, make_tombstone, opted_in
from tests.requests_app.factories import RequestScenario, link_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def job() -> RequestScenario:
    """Priya has submitted her reference."""
    return answered_job(make_organization("Acme GmbH", slug="acme"))


@pytest.fixture
def dana(job: RequestScenario) -> User:
    return make_member(job.organization, Role.OWNER)


@pytest.fixture
def page(chromium: Browser, site: str, dana: User) -> Iterator[Page]:
    """A page signed in as staff. The CSP is bypassed for axe."""
    context = opened(chromium, site, dana, viewport={"width": 390, "height": 844}, bypass_csp=True)
    yield context.new_page()
    context.close()


@pytest.mark.slow
def test_a_reference_can_opt_in_and_out_without_scripts(chromium: Browser, site: str, job: RequestScenario) -> None:
    context = opened(chromium, site, None, java_script_enabled=False, viewport={"width": 390, "height": 844})
    phone = context.new_page()
    phone.goto(job.reference_path())
    assert phone.get_by_role("heading", name="Thank you, Priya").is_visible()
    assert not phone.get_by_role("checkbox").is_checked()
    go(phone.get_by_role("button", name="Save"))
    assert phone.locator(".error-summary").get_by_text("Check the box to save your details").is_visible()
    phone.get_by_role("textbox", name="Job title").fill("Head of Data")
    phone.get_by_role("checkbox").check()
    go(phone.get_by_role("button", name="Save"))
    assert phone.get_by_text("Acme GmbH will keep you in mind").is_visible()
    (receipt,) = job.emails("prospect_receipt")
    phone.goto(link_in(receipt))
    assert phone.get_by_text("Head of Data").is_visible()
    go(phone.get_by_role("button", name="Remove my details"))
    assert phone.get_by_role("heading", name="Your details have been removed").is_visible()
    phone.goto(job.reference_path())
    assert phone.get_by_role("button", name="Save").is_visible()
    context.close()


@pytest.mark.slow
def test_an_admin_can_find_and_remove_a_prospect_without_scripts(
    chromium: Browser, site: str, job: RequestScenario, dana: User
) -> None:
    opted_in(job.organization, ats_job="job-2")
    make_prospect(job.organization)
    context = opened(chromium, site, dana, java_script_enabled=False, viewport={"width": 1280, "height": 900})
    desk = context.new_page()
    desk.goto("/o/acme/requests/")
    go(desk.locator(".side").get_by_role("link", name="Prospects"))
    desk.get_by_label("Name or employer").fill("priya")
    go(desk.get_by_role("button", name="Apply"))
    with desk.expect_download() as download:
        desk.get_by_role("button", name="Download 1 as CSV").click()
    assert download.value.suggested_filename.startswith("prospects-")
    go(desk.get_by_role("link", name="Priya Nair"))
    assert "may keep my name" in desk.locator("#consent").inner_text()
    go(desk.get_by_role("link", name="Remove"))
    go(desk.get_by_role("button", name="Remove prospect"))
    assert desk.get_by_text("Priya Nair's prospect details have been deleted.").is_visible()
    context.close()


@pytest.mark.slow
def test_prospect_pages_are_accessible(page: Page, job: RequestScenario) -> None:
    wrong = []
    page.goto("/o/acme/prospects/")
    wrong += broken(page)
    make_connection(job.organization, fallback_owner_email="dana@acme.example")
    prospect, _ = opted_in(job.organization, ats_job="job-2"), make_tombstone(job.organization)
    of_priya = f"/o/acme/prospects/{prospect.uid}/"
    for path in ("/o/acme/prospects/", "/o/acme/prospects/?q=nobody", of_priya, f"{of_priya}remove/"):
        page.goto(path)
        wrong += broken(page)
    page.goto("/o/acme/prospects/removed/")
    wrong += broken(page)
    page.goto("/o/acme/prospects/question/")
    wrong += broken(page)
    go(page.get_by_role("link", name="Change").first)
    wrong += broken(page)
    page.goto(job.reference_path())
    wrong += broken(page)
    go(page.get_by_role("button", name="Save"))
    wrong += broken(page)
    own = link_in(emails_to(prospect)[0])
    for path in (own, "/p/unknown/"):
        page.goto(path)
        wrong += broken(page)
    page.goto(own)
    go(page.get_by_role("button", name="Remove my details"))
    wrong += broken(page)
    assert wrong == []
