"""The pages that share a report, in Chromium: nothing inaccessible, and usable on a phone."""

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


def test_a_stranger_asks_on_a_phone_and_a_recruiter_gives_access(chromium: Browser, site: str) -> None:
    acme = make_organization("Acme GmbH")
    scenario = ready_request(acme)
    uid = scenario.reference_request.uid
    phone = chromium.new_context(base_url=site, viewport={"width": 390, "height": 800}).new_page()
    phone.goto(f"/reports/{uid}/")
    go(phone.get_by_role("link", name="Ask for access"))
    phone.get_by_label("Your name").fill("Jo Park")
    phone.get_by_label("Your work email").fill("jo@client.example")
    phone.get_by_label("Why you need the report").fill("I interview Maya on Monday.")
    assert broken(phone) == []
    go(phone.get_by_role("button", name="Ask for access"))
    assert broken(phone) == []
    member = make_member(acme, Role.RECRUITER, make_user(name="Rae Lin"))
    page = opened(chromium, site, member).new_page()
    page.goto(f"/o/{acme.slug}/requests/{uid}/report/")
    go(page.get_by_role("link", name="Share"))
    assert broken(page) == []
    go(page.get_by_role("button", name="Give access for 30 days"))
    assert page.get_by_role("cell", name="Not yet").is_visible()
    assert broken(page) == []
