"""Texts that are 40% longer on the narrowest phone: no page scrolls sideways."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from crosschq.tenancy.models import Role
from tests.architecture.policy import POLICY
from tests.architecture.world import all_routes, make_world
from tests.browser.contexts import opened
from tests.extent import in_full
from tests.i18n.conftest import pseudo  # noqa: F401 - a fixture
from tests.i18n.pseudo import OPEN

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("pseudo")]
# A list, a request, forms, and a page of each kind of visitor. The others follow in `make test-slow`.
FIRST = {
    *("requests:list", "requests:detail", "templates:new", "connectors:manage", "events:detail", "members:invite"),
    *("public:candidate_name", "public:reference_question"),
}
MAIN = {
    *("requests:list", "requests:detail", "requests:test", "prospects:list", "templates:list", "templates:new"),
    *(
        "surveys:list",
        "surveys:edit",
        "connectors:list",
        "connectors:manage",
        "connectors:settings",
        "connectors:access",
        "events:list",
        "events:detail",
    ),
    *("members:list", "members:invite", "audit:list", "profile", "mfa_index", "account_email"),
    *("public:candidate", "public:candidate_name", "public:reference", "public:reference_question"),
}


@pytest.mark.in_full
def test_no_main_page_scrolls_sideways(chromium: Browser, site: str) -> None:
    world = make_world()
    pages = {route.name: world.url(route) for route in all_routes() if route.name in MAIN}
    assert set(pages) == MAIN
    staff = opened(chromium, site, world.members[Role.OWNER], viewport={"width": 320, "height": 700})
    visitor = opened(chromium, site, None, viewport={"width": 320, "height": 700})
    page, phone = staff.new_page(), visitor.new_page()
    wide = []
    for name in MAIN if in_full() else FIRST:
        at = phone if POLICY[name].kind == "token" else page
        at.goto(pages[name])
        assert OPEN in at.inner_text("main"), name
        over = at.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        if over > 0:
            wide.append((name, over))
    staff.close()
    visitor.close()
    assert wide == []
