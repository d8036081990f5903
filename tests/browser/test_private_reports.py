"""Private reports in Chromium: an admin turns them on, a member asks for access. Nothing inaccessible on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from crosschq.tenancy.models import Role
from tests.browser.contexts import opened
from tests.browser.hands import go
from tests.browser.rules import broken
from tests.factories import make_member, make_organization, make_user
from tests.requests_app.factories import ready_request

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.slow
def test_an_admin_turns_private_reports_on_and_then_asks_the_owner_for_access(chromium: Browser, site: str) -> None:
    acme = make_organization("Acme GmbH")
    uid = ready_request(acme).reference_request.uid
    admin = make_member(acme, Role.ADMIN, make_user(name="Ada Lind"))
    page = opened(chromium, site, admin).new_page()
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"/o/{acme.slug}/reports/")
    assert broken(page) == []
    go(page.get_by_role("link", name="Turn on private reports"))
    assert broken(page) == []
    go(page.get_by_role("button", name="Turn on private reports"))
    page.goto(f"/o/{acme.slug}/requests/{uid}/report/")
    assert broken(page) == []
    go(page.get_by_role("button", name="Ask for access"))
    assert page.get_by_text("You asked for access").is_visible()
    assert broken(page) == []
