"""How many pages, typed fields and taps the two forms cost on a phone. What is optional stays empty."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, Locator, Page, Response

from tests.browser.hands import leave
from tests.requests_app.factories import NAMES, sent_request, waiting_request

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@dataclass
class Thumb:
    """A person on a phone who counts: pages that the browser loads, fields that they type into, and taps.

    To type into a field, they tap it first.
    """

    page: Page
    taps: int = 0
    typed: int = 0
    loads: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("response", self._on_response)

    def _on_response(self, response: Response) -> None:
        """Count each document that is shown; a redirect shows none."""
        if response.request.is_navigation_request() and not 300 <= response.status < 400:
            self.loads.append(response.url)

    def tap(self, target: Locator) -> None:
        self.taps += 1
        target.tap()

    def type(self, label: str, words: str) -> None:
        box = self.page.get_by_label(label)
        self.tap(box)
        self.typed += 1
        box.fill(words)

    def go(self, button: str) -> None:
        self.taps += 1
        leave(self.page.get_by_role("button", name=button))

    @property
    def heading(self) -> str:
        return self.page.locator("h1").inner_text()


SCRIPTS = [pytest.param(True, id="scripts"), pytest.param(False, id="no scripts", marks=pytest.mark.slow)]


@pytest.fixture(params=SCRIPTS)
def thumb(request: pytest.FixtureRequest, chromium: Browser, site: str) -> Iterator[Thumb]:
    context = chromium.new_context(
        base_url=site, viewport={"width": 390, "height": 844}, has_touch=True, java_script_enabled=request.param
    )
    yield Thumb(context.new_page())
    context.close()


def test_a_candidate_names_two_references_on_nine_pages_with_six_typed_fields(thumb: Thumb) -> None:
    thumb.page.goto(sent_request().candidate_path)
    thumb.tap(thumb.page.get_by_role("checkbox", name="I agree"))
    thumb.go("Start")
    for number, name in enumerate(NAMES[:2]):
        thumb.type("Full name", name)
        thumb.go("Save and continue")
        if number:  # the template asks for a manager and for anyone
            thumb.tap(thumb.page.get_by_role("radio").first)
        thumb.type("Company where you worked together", "Ledgerly")
        thumb.go("Save and continue")
        thumb.type("Work email", f"{name.split()[0].lower()}@ledgerly.example")
        thumb.go("Save and continue")
    thumb.go("Send requests to my 2 references")
    assert "Question 1 of 9" in thumb.page.locator("main").inner_text()
    assert (len(thumb.loads), thumb.typed) == (9, 6), thumb.loads


def test_a_reference_answers_nine_questions_on_twelve_pages_with_twenty_two_taps(thumb: Thumb) -> None:
    thumb.page.goto(waiting_request().reference_path())
    thumb.tap(thumb.page.get_by_role("radio").first)
    thumb.go("Start")
    for number in range(1, 10):
        assert f"Question {number} of 9" in thumb.page.locator("main").inner_text()
        if (choice := thumb.page.get_by_role("radio")).count():
            thumb.tap(choice.first)
        else:
            thumb.tap(thumb.page.get_by_role("textbox"))
            thumb.page.get_by_role("textbox").fill("Clear plans.")
        thumb.go("Save and continue")
    assert thumb.heading == "Check your answers"
    thumb.tap(thumb.page.get_by_role("checkbox"))
    thumb.go("Send reference")
    assert thumb.heading.startswith("Thank you")
    assert (len(thumb.loads), thumb.taps) == (12, 22), thumb.loads
