"""The main job in Chromium: people write on phones and work at desktops, and the browser reports no errors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page

from scripts.demo.browser import scriptless
from scripts.demo.chromium import ChromiumCast
from scripts.demo.people import MAYA, Candidate
from scripts.demo.stage import Stage
from scripts.demo.story import (
    answer_all,
    connect,
    deliver_report,
    give_reference,
    move,
    move_two,
    name_references,
    outcome,
    set_up,
)
from scripts.stack.stack import Stack
from tests.flows.outcomes import assert_once, wait_until_settled
from tests.flows.product import Running, started_product

pytestmark = [pytest.mark.browser, pytest.mark.flow]


def fits(page: Page) -> None:
    """No page scrolls sideways."""
    wide, there = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert wide <= there, page.url


@pytest.fixture(scope="module")
def in_chromium(
    chromium: Browser, stack: Stack, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """The product after its admin has connected and set it up in Chromium."""
    folder, cast = tmp_path_factory.mktemp("chromium"), ChromiumCast(chromium, on_arrival=fits)
    with started_product(stack, template=migrated_template, folder=folder, cast=cast) as running:
        connect(running.stage)
        set_up(running.stage)
        assert cast.complaints == []
        yield running
        cast.close()


def test_the_main_job_works_in_chromium(in_chromium: Running) -> None:
    """The second reference has the same pages as the first, and opens them outside Chromium."""
    stage = in_chromium.stage
    first, second = MAYA.colleagues
    move_two(stage)
    name_references(stage, MAYA)
    give_reference(stage, MAYA, first)
    give_reference(replace(stage, cast=scriptless), MAYA, second)
    deliver_report(stage, MAYA)
    wait_until_settled(stage, MAYA)
    assert_once(stage.sandbox, MAYA)
    assert isinstance(stage.cast, ChromiumCast)
    assert stage.cast.complaints == []


@pytest.mark.slow
def test_the_main_job_works_without_scripts(stage: Stage, chromium: Browser, newcomer: Callable[[], Candidate]) -> None:
    cast = ChromiumCast(chromium, scripts=False, on_arrival=fits)
    without = replace(stage, cast=cast, _signed_in={})
    candidate = newcomer()
    move(without, candidate)
    assert outcome(without, candidate).startswith("Request sent")
    answer_all(without, candidate)
    deliver_report(without, candidate)
    assert_once(without.sandbox, candidate)
    assert cast.complaints == []
    cast.close()


def test_a_csp_violation_is_noticed(chromium: Browser) -> None:
    """The basis of the tests above: a browser that never reports errors would prove nothing."""
    cast = ChromiumCast(chromium)
    person = cast(phone=True)
    forbidden = {"Content-Security-Policy": "default-src 'none'", "Content-Type": "text/html"}
    person.page.route("**/*", lambda route: route.fulfill(body="<h1 style='color: red'>Red</h1>", headers=forbidden))
    with person.page.expect_console_message():
        person.open("http://localhost/")
    assert ["style" in complaint for complaint in cast.complaints] == [True]
    cast.close()
