"""The page of a request on a phone and on a desktop, without scripts."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from crosschq.tenancy.models import Role
from tests.browser.contexts import opened
from tests.browser.hands import go
from tests.browser.rules import broken
from tests.factories import make_member, make_organization
from tests.requests_app.factories import waiting_request
from tests.requests_app.staff.test_every_act_works import bounced

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.in_full
@pytest.mark.slow
def test_a_phone_shows_the_last_entries_and_all_of_them_on_request(chromium: Browser, site: str) -> None:
    scenario = bounced()
    member = make_member(scenario.organization, Role.RECRUITER)
    context = opened(chromium, site, member, java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(f"/o/{scenario.organization.slug}/requests/{scenario.reference_request.uid}/")
    entries = page.locator(".timeline:not(.is-planned) > li")
    shown = entries.filter(visible=True)
    assert shown.count() == 5
    page.get_by_text("Show all").click()
    assert shown.count() == entries.count() > 5
    page.set_viewport_size({"width": 1280, "height": 844})
    people, facts = page.locator(".beside > .card").all()
    assert people.bounding_box()["y"] == facts.bounding_box()["y"]  # type: ignore[index]
    context.close()


@pytest.mark.slow
def test_the_page_and_one_of_its_forms_break_no_accessibility_rule(chromium: Browser, site: str) -> None:
    scenario = waiting_request(make_organization("Acme GmbH", slug="acme"))
    member = make_member(scenario.organization, Role.RECRUITER)
    context = opened(chromium, site, member, viewport={"width": 320, "height": 844}, bypass_csp=True)
    page = context.new_page()
    page.goto(f"/o/acme/requests/{scenario.reference_request.uid}/")
    assert broken(page, (320, 1280)) == []
    page.locator("summary").filter(has_text="Actions for Tom Beck").click()
    go(page.get_by_role("link", name="Replace reference"))
    assert broken(page, (320, 1280)) == []
    context.close()
