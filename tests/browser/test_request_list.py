"""A full list of requests: compact on a desktop, never wider than a phone. It opens on those that need a person."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from crosschq.tenancy.models import Role
from tests.browser.contexts import opened
from tests.browser.hands import go
from tests.browser.rules import violations
from tests.factories import make_member, make_organization, make_user
from tests.requests_app.staff.crowd import crowd

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_fifty_requests_fit_and_the_first_is_one_that_needs_a_person(chromium: Browser, site: str) -> None:
    acme = make_organization()
    crowd(acme, open_requests=120, ended=0)
    dana = make_member(acme, Role.RECRUITER, make_user(name="Dana Ruiz", email="dana@acme.example"))
    context = opened(chromium, site, dana, viewport={"width": 1280, "height": 900}, bypass_csp=True)
    page = context.new_page()
    page.goto(f"/o/{acme.slug}/prospects/")
    go(page.get_by_role("link", name="Requests").first)
    first = page.locator("tbody tr").first
    assert "Both references declined" in first.inner_text()
    page.goto(f"/o/{acme.slug}/requests/?view=all&state=open")
    assert page.locator("tbody tr").count() == 50
    assert page.locator("table").evaluate("table => table.offsetHeight") <= 2500
    assert violations(page) == []
    page.set_viewport_size({"width": 320, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    context.close()
