"""The forms of candidates and references on a phone without scripts: Back works, and what acts is large enough."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from crosschq.tenancy.scope import tenant
from requests_app.completion import complete
from tests.browser.hands import go
from tests.browser.rules import broken
from tests.requests_app.factories import sent_request, waiting_request

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# The texts of links and buttons that are too small to tap, without links inside a sentence and the skip link.
SMALL = """() => [...document.querySelectorAll('.letter a, .letter button, .letter summary')]
  .filter(each => ![...each.parentElement.childNodes].some(node => node.nodeType === 3 && node.data.trim()))
  .filter(each => each.getClientRects().length && each.getBoundingClientRect().height < 43.5)
  .map(each => each.textContent.trim())"""


@pytest.fixture
def page(chromium: Browser, site: str) -> Iterator[Page]:
    context = chromium.new_context(
        base_url=site, bypass_csp=True, java_script_enabled=True, viewport={"width": 390, "height": 844}
    )
    yield context.new_page()
    context.close()


def test_back_to_a_form_that_was_refused_shows_what_was_typed(page: Page) -> None:
    job = waiting_request()
    page.goto(job.reference_path())
    go(page.get_by_role("button", name="Start"))
    page.get_by_label("Add an example").fill("Once, in May")
    go(page.get_by_role("button", name="Save and continue"))
    page.get_by_text("There is a problem").wait_for()
    page.get_by_label("I did not see this").check()
    go(page.get_by_role("button", name="Save and continue"))
    page.get_by_text("Question 2 of 9").wait_for()
    page.go_back()
    page.get_by_text("Question 1 of 9").wait_for()
    assert page.get_by_label("Add an example").input_value() == "Once, in May"


@pytest.mark.slow
def test_going_back_to_an_answer_that_came_too_late_shows_it_again(page: Page) -> None:
    scenario = waiting_request()
    page.goto(scenario.reference_path())
    go(page.get_by_role("button", name="Start"))
    page.get_by_label("Add an example").fill("Once, in May, on the whole of it")
    with tenant(scenario.organization):
        complete.cancel(scenario.reference_request, actor="Dana")
    go(page.get_by_role("button", name="Save and continue"))
    page.get_by_text("Once, in May, on the whole of it").wait_for()
    page.goto(scenario.reference_path())
    page.go_back()
    page.get_by_text("Once, in May, on the whole of it").wait_for()


def test_whatever_acts_on_a_phone_is_large_enough_to_touch(page: Page) -> None:
    asked, sent = waiting_request(), sent_request()
    reference, candidate = asked.reference_path(), asked.candidate_path
    paths = [sent.candidate_path, f"{sent.candidate_path}about/", f"{sent.candidate_path}decline/", candidate]
    paths += [reference, f"{reference}about/", f"{reference}cannot/", f"{reference}wrong-person/"]
    found: list[object] = []
    for path in paths:
        page.goto(path)
        found += [(path, label) for label in page.evaluate(SMALL)]
    found += broken(page, (320, 1280))
    assert found == []
