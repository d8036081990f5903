"""Every page in Chromium, with markup planted in every text: it requests, shows, opens and changes nothing."""

from __future__ import annotations

import sys

import pytest
from playwright.sync_api import Browser, Dialog, Request

from crosschq.tenancy.models import Invitation, Membership, Organization, Role
from crosschq.tenancy.scope import tenant
from tests.architecture.policy import POLICY
from tests.architecture.world import all_routes
from tests.browser.contexts import opened
from tests.planting import planted_world

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
# Pages without outside text, and the callback, which uses up its state.
LEFT_OUT = {"healthz", "readyz", "account_logout", "callback:callback", "brand:stylesheet", "brand:logo"}
# What one of our pages posts when it opens: a request to refresh the vendor's options.
ITS_OWN = {"prospects:export_settings": "/export/smartrecruiters/read/"}


def people(organization: Organization) -> tuple[int, int]:
    with tenant(organization):
        return Membership.objects.count(), Invitation.objects.count()


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_nothing_planted_acts_in_a_browser(chromium: Browser, site: str, capsys: pytest.CaptureFixture[str]) -> None:
    planted = planted_world()
    world, wrong, opened_pages = planted.world, list[object](), 0
    before = people(world.organization)
    staff = opened(chromium, site, world.members[Role.OWNER], viewport={"width": 1280, "height": 900})
    visitor = opened(chromium, site, None, viewport={"width": 390, "height": 844})
    desk, phone = staff.new_page(), visitor.new_page()
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(f"{request.method} {request.url}")

    def refuse(dialog: Dialog) -> None:
        wrong.append(("dialog", dialog.message))
        dialog.dismiss()

    for page in (desk, phone):
        page.on("request", note)
        page.on("dialog", refuse)
    for route in all_routes():
        line = POLICY[route.name]
        if line.only_post or line.kind == "signature" or route.name in LEFT_OUT:
            continue
        about = {"request": planted.requests, "event": planted.events[:8]}.get(line.names, [None])
        for uid in about:
            page = desk if line.kind in ("member", "signed_in") else phone
            asked.clear()
            url = world.url(route, **({"uid": uid} if uid else {}))
            page.goto(url, wait_until="load")
            opened_pages += 1
            page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
            wrong += [(route.name, one) for one in asked if "planted" in one or not one.split(" ")[1].startswith(site)]
            posted = [one for one in asked if not one.startswith("GET ")]
            wrong += [(route.name, one) for one in posted if not one.endswith(ITS_OWN.get(route.name, "nothing"))]
            if page.locator("x-p, [x-p], a[href^='https://planted']").count():
                wrong.append((route.name, "planted elements"))
    staff.close()
    visitor.close()
    with capsys.disabled():
        pairs = len(planted.columns) * opened_pages
        sys.stdout.write(f"\nplanted markup in Chromium: {opened_pages} pages, {pairs} pairs, {len(wrong)} act\n")
    assert wrong == []
    assert opened_pages > 80
    assert people(world.organization) == before
