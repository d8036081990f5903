"""Many requests are reminded, a file is downloaded and a request is sent by keyboard, on the narrowest phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Locator

from crosschq.core.outbox import work_item
from crosschq.tenancy.models import Role
from requests_app.models import BulkAction
from tests.browser.contexts import opened
from tests.browser.rules import broken
from tests.factories import make_member, make_organization, make_user
from tests.requests_app.bulk.many import make_requests

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def enter(button: Locator) -> None:
    """Reach it with the Tab key from the top of the page, and press Enter."""
    page, wanted = button.page, button.element_handle()
    page.evaluate("document.activeElement.blur()")
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("wanted => document.activeElement === wanted", wanted):
            break
    else:
        pytest.fail("the Tab key doesn't reach it")
    with page.expect_navigation():
        page.keyboard.press("Enter")


@pytest.mark.slow
def test_a_recruiter_works_by_keyboard_on_the_narrowest_phone(chromium: Browser, site: str) -> None:
    acme = make_organization()
    make_requests(acme, 3, name="Maximiliane-Theodora Wolfeschlegelsteinhausenbergerdorff")
    dana = make_member(acme, Role.RECRUITER, make_user(name="Dana Ruiz", email="dana@acme.example"))
    context = opened(chromium, site, dana, viewport={"width": 320, "height": 844}, bypass_csp=True)
    page = context.new_page()
    page.goto(f"/o/{acme.slug}/requests/?view=all&state=open")
    page.get_by_label("All 3 that match").focus()
    page.keyboard.press("Space")
    enter(page.get_by_role("button", name="Remind"))
    assert broken(page, (320, 1280)) == []
    enter(page.get_by_role("button", name="Send reminders for 3 requests"))
    work_item.drain(BulkAction)
    page.reload()
    assert "3 reminded" in page.locator("main").inner_text()
    assert broken(page, (320, 1280)) == []
    page.goto(f"/o/{acme.slug}/requests/download/?view=all&state=open")
    assert broken(page, (320, 1280)) == []
    page.goto(f"/o/{acme.slug}/requests/new/")
    page.get_by_label("First name").focus()
    for text in ("Maya", "Osei", "maya@candidates.example"):
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    assert broken(page, (320, 1280)) == []
    page.get_by_label("Position").fill("Engineer")
    enter(page.get_by_role("button", name="Preview"))
    assert broken(page, (320, 1280)) == []
    enter(page.get_by_role("button", name="Send request"))
    assert "We're emailing Maya Osei" in page.locator("main").inner_text()
    context.close()
