"""Every page in Chromium: axe finds nothing at any width in either color scheme, and nothing scrolls sideways."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext

from crosschq.tenancy.models import Role
from tests.architecture.world import World, make_world
from tests.browser.contexts import opened
from tests.browser.rules import broken
from tests.every_page import Visitor, every_page, reader_cookie

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.slow]
LEAST = 140


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def browsers(chromium: Browser, site: str, world: World) -> Iterator[dict[Visitor, BrowserContext]]:
    options = {"viewport": {"width": 320, "height": 844}, "bypass_csp": True}
    contexts = {
        Visitor.OWNER: opened(chromium, site, world.members[Role.OWNER], **options),
        Visitor.ANYONE: opened(chromium, site, None, **options),
        Visitor.READER: opened(chromium, site, None, **options),
    }
    name, token = reader_cookie(world.organization)
    contexts[Visitor.READER].add_cookies([{"name": name, "value": token, "url": site}])
    yield contexts
    for context in contexts.values():
        context.close()


@pytest.mark.in_full
@pytest.mark.timeout(1800)
def test_axe_finds_nothing_on_any_page(world: World, browsers: dict[Visitor, BrowserContext]) -> None:
    pages = {visitor: context.new_page() for visitor, context in browsers.items()}
    wrong: list[object] = []
    judged: set[tuple[Visitor, str]] = set()
    for visit in every_page(world):
        page = pages[visit.visitor]
        answer = page.goto(visit.path)
        if answer is None or (visit.visitor, page.url) in judged:
            continue  # it led to a page that was judged before
        judged.add((visit.visitor, page.url))
        if answer.headers.get("content-type", "").startswith("text/html") and page.locator("main").count():
            wrong += [
                (visit.name, *(found if isinstance(found, tuple) else (found,)))
                for found in broken(page, (320, 390, 1280), colors=True)
            ]
    assert wrong == []
    assert len(judged) > LEAST
