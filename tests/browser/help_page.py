"""The 31 steps of the help page that admins follow, in order, and a user who follows it by the exact labels.

`shown_by` names the test that asserts the step, in tests/browser/ unless a path is given.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import Locator, Page

from tests.browser.hands import flip, go

FIRST_REQUEST = "test_help_page.py::test_the_help_page_leads_from_sign_up_to_the_first_request"
EXPORT = "test_help_page_export.py"


@dataclass(frozen=True)
class Step:
    number: int
    sentence: str
    assertion: str
    shown_by: str = FIRST_REQUEST


_SENTENCES = (
    ("Open Organization Settings > Connectors.", "the menu has both labels, and the page's heading is Connectors"),
    ("Find SmartRecruiters and press Manage.", "a row names SmartRecruiters and has the one link Manage"),
    ("Press Add to SmartRecruiters.", "the button leads to SmartRecruiters' own page"),
    ("In SmartRecruiters, allow access.", "the browser comes back to the connection page"),
    ("The page says Connected.", "the page has the word Connected and the company"),
    ("Make Candidate Requests from SmartRecruiters is off at first.", "the switch has this name and is not checked"),
    ("Turn it on: the switch is green.", "the switch is checked, and its color is the green of switches that are on"),
    ("In SmartRecruiters, make the job field Crosschq tag.", "the page names the field before, and not after"),
    ("Its type is free text, its category job, its visibility internal.", "the page shows free text, job, internal"),
    ("Save and activate the field.", "the checklist calls the field active"),
    ("Add the hiring step Crosschq to the hiring process.", "the checklist counts the processes that have it"),
    ("Open Organization Settings > Templates.", "the menu has both labels, and the page's heading is Templates"),
    ("Press Create New Template.", "the link leads to a form with this heading"),
    ("Fill in Template name (required).", "the field has this label, and without it nothing is created"),
    ("Fill in ATS Tag (required).", "the field has this label, and without it nothing is created"),
    ("Fill in Description.", "the field has this label and is optional"),
    ("Under Request Settings, fill in Position; empty is the title of the job.", "the request shows the job's title"),
    ("Choose a Survey.", "the field has this label, and a survey is chosen"),
    ("Say how many references of which relationship, or Any relationship type.", "the block offers both"),
    ("Write a note for each.", "each block has a field for a note"),
    ("Name a Hiring manager if you like.", "the section has this heading and is optional"),
    ("Write Custom notifications for email and text messages.", "the section has this heading and a row a message"),
    ("Press Create Template.", "the template is there"),
    ("Edit and Delete are in the menu of three dots of each row.", "the row's menu has both"),
    ("Put the template's tag into the field Crosschq tag of a job.", "the dry run names the template for that job"),
    ("Move a candidate of that job to the step Crosschq.", "a request is sent to that candidate"),
    ("Give the connection access to Company Settings.", "the checklist line Company settings can be read is done"),
    ("Turn on Export Prospects from Crosschq to SmartRecruiters.", "the switch has this name and turns on"),
    ("Turn on Automatically Export New Prospects to SmartRecruiters.", "the switch has this name and turns on"),
    ("Choose Source type and Source id.", "both fields have these labels and offer what SmartRecruiters has"),
    ("Choose Jobs and Tags.", "both fields have these labels and take several; a prospect is exported with them"),
)
FIRST_OF_EXPORT = 27
STEPS = tuple(
    Step(number, sentence, assertion, FIRST_REQUEST if number < FIRST_OF_EXPORT else EXPORT)
    for number, (sentence, assertion) in enumerate(_SENTENCES, 1)
)


@dataclass
class Reader:
    """A person who follows the help page: clicks and types what it names, and nothing else.

    `arrived` is called with every page of the product that they reach. `done`: the steps taken, in order.
    """

    page: Page
    arrived: Callable[[Page], None] = lambda page: None
    done: list[int] = field(default_factory=list)
    start: str = ""

    def __post_init__(self) -> None:
        self.start = self.page.url

    @property
    def home(self) -> str:
        """The product's host, as opposed to SmartRecruiters."""
        address = urlsplit(str(self.start))
        return f"{address.scheme}://{address.netloc}/"

    def did(self, *numbers: int) -> None:
        self.done += numbers

    def leave(self, by: Locator) -> None:
        go(by)
        self.arrived(self.page)

    def open_settings(self, name: str) -> None:
        """Organization Settings > name, from the side menu, or on a phone from the one behind Menu."""
        small = self.page.locator(".small-menu > summary")
        menu = self.page.locator("nav.side")
        if small.is_visible():
            small.click()
            menu = self.page.locator(".small-menu nav")
        headings = menu.locator(".nav-group").all_inner_texts()
        assert [heading.casefold() for heading in headings] == ["organization settings"]
        self.leave(menu.get_by_role("link", name=name, exact=True))
        assert self.heading() == name

    def heading(self) -> str:
        return self.page.locator("main h1").first.inner_text()

    def press(self, role: str, name: str | re.Pattern[str], *, within: Locator | None = None) -> None:
        main = within or self.page.locator("main")
        self.leave(main.get_by_role(role, name=name, exact=isinstance(name, str)))  # type: ignore[arg-type]

    def switch(self, name: str) -> Locator:
        return self.page.get_by_role("switch", name=name, exact=True)

    def turn_on(self, name: str, *, scripts: bool) -> None:
        switch = self.switch(name)
        assert switch.get_attribute("aria-checked") == "false"
        if scripts:
            flip(switch)
        else:
            go(switch)
        self.arrived(self.page)
        assert self.switch(name).get_attribute("aria-checked") == "true"
