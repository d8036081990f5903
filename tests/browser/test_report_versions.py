"""Changes in a report, in Chromium: a reader sees them, can compare versions, and the pages are accessible."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from crosschq.tenancy.models import Role
from tests.browser.contexts import opened
from tests.browser.hands import go
from tests.browser.rules import broken
from tests.factories import make_member, make_organization, make_user
from tests.requests_app.report.versions.test_versions import (
    accept_late,
    change_after_reopening,
    finished_without_the_second,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.slow
def test_a_member_reads_what_changed_and_opens_an_earlier_version(chromium: Browser, site: str) -> None:
    acme = make_organization("Acme GmbH")
    scenario = finished_without_the_second(acme)
    member = make_member(acme, Role.VIEWER, make_user(name="Dana Ruiz"))
    page = opened(chromium, site, member).new_page()
    report = f"/o/{acme.slug}/requests/{scenario.reference_request.uid}/report/"
    page.goto(report)
    change_after_reopening(scenario)
    accept_late(scenario)
    page.goto(report)
    page.get_by_text("Changed since you read it").wait_for()
    assert broken(page) == []
    go(page.get_by_role("link", name="What changed since version 1").first)
    page.get_by_text("Changed answers of Priya Nair").wait_for()
    assert broken(page) == []
    go(page.get_by_role("link", name="Open version 1"))
    page.get_by_text("There is a later version.").wait_for()
    assert broken(page) == []
