"""Markup that a page failed to escape: htmx ignores it because it lacks the session's key."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request, Route, expect

from crosschq.tenancy.models import Organization, Role, User
from tests.accounts.pages import make_verified_user
from tests.browser.contexts import opened
from tests.extent import in_full
from tests.factories import make_connection, make_member, make_organization

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
MEMBERS, MANAGE = "/o/acme/members/", "/o/acme/connectors/smartrecruiters/"
INVITE = f"{MEMBERS}invite/"
LAST = "/healthz"
LOADED = """hx-trigger=load hx-vals='{"emails":"x@y.example","role":"admin"}'"""
PLANTED = {
    "an element that acts by itself": f"<i hx-post={INVITE} {LOADED}></i>",
    "the other spelling": f"<i data-hx-post={INVITE} data-hx-trigger=load></i>",
    "a get, when it is seen": f"<i hx-get={INVITE} hx-trigger=revealed></i>",
    "every second": f"<i hx-get={INVITE} hx-trigger='every 200ms'></i>",
    "an empty key": f'<i data-htmx-key hx-post={INVITE} {LOADED}></i><i data-htmx-key="" hx-put={INVITE} {LOADED}></i>',
    "a guessed key": f"<i data-htmx-key=k{'0' * 32} hx-post={INVITE} {LOADED}></i>",
    "a boosted form": f'<div hx-boost=true><form method=post action="{INVITE}"><button id=b>Go</button></form></div>',
    "an event handler": f"<i hx-on:htmx:load=\"fetch('{INVITE}')\" hx-on-htmx-load=\"fetch('{INVITE}')\"></i>",
    "another configuration": """<meta name=htmx-config content='{"disableSelector":"x"}'>"""
    f"<i hx-get={INVITE} {LOADED}></i>",
    "a wrapper that is not closed": f"<div hx-get={INVITE} hx-trigger=load hx-inherit=* hx-vals='{{}}' hx-include=*>",
}


@pytest.fixture
def acme() -> Organization:
    acme = make_organization("Acme GmbH", slug="acme")
    make_connection(acme)
    return acme


@pytest.fixture
def page(chromium: Browser, site: str, acme: Organization) -> Iterator[Page]:
    dana: User = make_member(acme, Role.OWNER, make_verified_user())
    context = opened(chromium, site, dana)
    page = context.new_page()
    # While there is a route, Chromium asks about each request. What it asks about as the last route ends may hang.
    page.route(lambda url: False, lambda route: route.continue_())
    yield page
    context.close()


def plant(page: Page, path: str, markup: str) -> list[str]:
    """Open the page with this inserted as if unescaped. Returns the requests that the page made on its own.

    In front of it is an element with the key, which acts last: what is planted would have acted by then.
    """
    asked: list[str] = []
    last = f"<i data-htmx-key=THE KEY hx-get={LAST} hx-swap=none hx-trigger='load delay:450ms'></i>"

    def answer(route: Route) -> None:
        real = route.fetch()
        key = re.findall(r"data-htmx-key=(\w+)\]", real.text())[0]
        planted = (last + markup).replace("THE KEY", key)
        body = real.text().replace('<div id="notices">', planted + '<div id="notices">', 1)
        route.fulfill(response=real, body=body)

    def note(request: Request) -> None:
        if request.resource_type in ("xhr", "fetch") and path_of(request.url) != LAST:
            asked.append(f"{request.method} {path_of(request.url)}")

    def is_it(url: str) -> bool:
        return path_of(url) == path

    page.route(is_it, answer)
    page.on("request", note)
    with page.expect_response(lambda response: path_of(response.url) == LAST):
        page.goto(path)
    page.unroute(is_it)
    return asked


def path_of(url: str) -> str:
    return urlsplit(url).path


@pytest.mark.in_full
def test_markup_acts_with_the_key_and_planted_markup_does_not(page: Page) -> None:
    # Otherwise the rest would prove nothing.
    with_key = f"<i data-htmx-key=THE KEY hx-get={INVITE} hx-trigger=load></i>"
    assert plant(page, MEMBERS, with_key) == [f"GET {INVITE}"]
    acted = []
    for name in PLANTED if in_full() else list(PLANTED)[:3]:
        asked = plant(page, MEMBERS, PLANTED[name])
        if page.locator("#b").count():
            with page.expect_navigation():  # a plain form post, which the CSRF check refuses
                page.locator("#b").click()
        acted += [(name, one) for one in asked]
    assert acted == []
    inside_ours = f"<div data-htmx-key=THE KEY hx-select-oob=#notices><i hx-post={INVITE} {LOADED}></i></div>"
    assert plant(page, MEMBERS, inside_ours) == []


def test_our_own_switch_works_in_place_and_a_planted_wrapper_adds_nothing_to_it(page: Page) -> None:
    """The switch is also a form: it is submitted without what the wrapper would have added."""
    asked = plant(page, MANAGE, "")
    page.locator("#switch-requests").click()
    expect(page.locator("#switch-requests")).to_have_attribute("aria-checked", "false")
    expect(page.locator("#switch-requests-row")).not_to_have_attribute("aria-busy", "true")
    assert [one.partition(" ")[0] for one in asked] == ["POST", "GET"]
    wrapper = """<div hx-vals='{"on":"1"}' hx-inherit=* hx-headers='{"X-Y":"z"}'>"""
    assert plant(page, MANAGE, wrapper) == []
    with page.expect_request(lambda request: request.method == "POST") as sent, page.expect_navigation():
        page.locator("#switch-requests").click()
    assert sent.value.resource_type == "document"
    assert sent.value.post_data
    assert sent.value.post_data.count("on=") == 1
