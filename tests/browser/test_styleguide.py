"""The components in Chromium: accessibility, narrow screens, target sizes, the CSP, and no scripts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.hands import go
from tests.browser.rules import BROKEN_WORDS, broken, violations

pytestmark = [pytest.mark.browser, pytest.mark.urls("tests.ui.urls")]

STAFF = ["components", "forms", "forms/?errors", "report", "confirm"]
PHONE = ["start", "question", "question/?errors", "check", "done", "code", "404"]
ALL = [f"/styleguide/{name if '?' in name else name + '/'}" for name in STAFF + PHONE] + ["/styleguide/mail/"]
# An email is shown inside an email client's page, which has the landmarks and the main heading.
OF_EMAILS = ("landmark-one-main", "page-has-heading-one", "region")

TOO_SMALL = """least => [...document.querySelectorAll("a, button, summary, input, select, textarea, .tile, .check")]
  .filter(control => control.checkVisibility() && control.type !== "hidden" && !control.closest("label label, .vh"))
  .filter(control => !(control.matches("input") && control.closest("label")))
  .filter(control => !(control.matches("a") && control.closest("p, dd, li, th, td, .prose, .small-print")))
  .map(control => [control.outerHTML.slice(0, 60), control.getBoundingClientRect().height])
  .filter(([, height]) => height < least)"""

Open = Callable[..., Page]


@pytest.fixture
def open_page(chromium: Browser, site: str) -> Iterator[Open]:
    contexts = []

    def opened(path: str, *, width: int = 390, scheme: Literal["dark", "light"] = "light", **options: Any) -> Page:
        context = chromium.new_context(viewport={"width": width, "height": 860}, color_scheme=scheme, **options)
        contexts.append(context)
        page = context.new_page()
        page.goto(site + path)
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.mark.slow
def test_all_components_are_accessible_and_nothing_scrolls_sideways(open_page: Open, site: str) -> None:
    page, wrong = open_page(ALL[0], bypass_csp=True), []
    for path in ALL:
        page.goto(site + path)
        wrong += broken(page, (320, 390, 800, 1280), but=OF_EMAILS if "mail" in path else (), colors=True)
    assert wrong == []


def test_a_short_word_that_wraps_onto_the_next_line_is_noticed(open_page: Open) -> None:
    page = open_page(ALL[0], width=1280)
    narrow = "max-width: 24px; overflow-wrap: anywhere"
    page.evaluate("narrow => document.querySelector('main .button').style = narrow", narrow)
    assert page.evaluate(BROKEN_WORDS) != []


@pytest.mark.slow
def test_open_menus_are_accessible(open_page: Open) -> None:
    for width, menu in [(390, ".small-menu"), (1280, ".switcher"), (1280, ".profile"), (390, "td .dots >> nth=1")]:
        page = open_page(ALL[0], width=width, bypass_csp=True)
        page.locator(f"{menu} >> summary").click()
        assert violations(page) == []
        assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth")


@pytest.mark.slow
def test_text_at_twice_the_size_fits(open_page: Open, site: str) -> None:
    page = open_page(ALL[0], width=1280, bypass_csp=True)
    wide = []
    for path in ALL:
        page.goto(site + path)
        page.add_style_tag(content="html { font-size: 200% }")
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            wide.append(path)
    assert wide == []


def test_tap_targets_are_44_pixels_high_on_phones_and_24_elsewhere_and_nothing_violates_the_csp(
    open_page: Open, site: str
) -> None:
    page = open_page(ALL[0], width=390, has_touch=True)
    small, said = [], list[str]()
    page.on("console", lambda message: said.append(message.text))
    for path in ALL:
        page.goto(site + path)
        on_phone = path.removeprefix("/styleguide/").rstrip("/") in PHONE
        small += [(path, *found) for found in page.evaluate(TOO_SMALL, 44 if on_phone else 24)]
    assert small == []
    assert said == []


def test_focus_is_visible_at_every_stop(open_page: Open) -> None:
    page = open_page("/styleguide/components/", width=1280)
    stops = []
    for _ in range(40):
        page.keyboard.press("Tab")
        stops.append(page.evaluate("getComputedStyle(document.activeElement).outlineWidth"))
    assert set(stops) == {"3px"}


def test_menus_switches_and_error_summaries_work_without_scripts(open_page: Open, site: str) -> None:
    page = open_page("/styleguide/components/", width=1280, java_script_enabled=False)
    first, second = page.locator("td .dots").nth(0), page.locator("td .dots").nth(1)
    first.locator("summary").click()
    assert first.locator("a").first.is_visible()
    second.locator("summary").click()
    assert second.locator("a").first.is_visible()
    assert not first.locator("a").first.is_visible()

    label = "Automatically Export New Prospects to SmartRecruiters"
    with page.expect_request(lambda request: request.method == "POST") as by_label:
        page.get_by_text(label).click()
    switch = page.get_by_role("switch", name=label)
    switch.focus()
    with page.expect_request(lambda request: request.method == "POST") as by_key:
        page.keyboard.press("Space")
    assert "on=1" in (by_label.value.post_data or "")
    assert "on=1" in (by_key.value.post_data or "")

    page.goto(f"{site}/styleguide/forms/?errors")
    assert page.locator(".error-summary:focus").count() == 1
    go(page.get_by_role("link", name="Fill in “Template name”"))
    assert page.locator("#id_name:target").count() == 1
