"""Lists at widths between a phone and a desktop: nothing scrolls sideways, and no button is alone on its line."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from crosschq.core import clock
from crosschq.tenancy.models import Role
from tests.browser.contexts import opened
from tests.browser.rules import UNTIDY, resize
from tests.factories import make_member, make_organization
from tests.privacy.retention.factories import old_event
from tests.prospects.factories import make_prospect
from tests.requests_app.factories import ready_request

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WIDTHS = (1280, 1180, 1120, 1060, 1024, 1000, 768, 390, 320)
LISTS = (
    "connectors/",
    "connectors/smartrecruiters/events/?text=nobody",
    "requests/?view=all&state=all&q=nobody",
    "prospects/?q=nobody",
    "templates/",
    "audit-log/?action=member.role",
)


def test_the_filters_of_lists_fit_at_every_width(chromium: Browser, site: str) -> None:
    acme = make_organization()
    ready_request(acme)
    make_prospect(acme)
    old_event(acme, clock.now())
    context = opened(chromium, site, make_member(acme, Role.ADMIN))
    page = context.new_page()
    found = []
    for path in LISTS:
        page.goto(f"/o/{acme.slug}/{path}")
        for width in WIDTHS:
            resize(page, width)
            found += [(path, width, fault) for fault in page.evaluate(UNTIDY)]
    context.close()
    assert found == []
